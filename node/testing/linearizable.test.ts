import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Answer, type Call, checkHistory, type Operation } from './linearizable.ts'

const operation = (client: string, op: Call, times: readonly [number, number | null], result: Answer | null) => ({
  client,
  op,
  invokedMs: times[0],
  returnedMs: times[1],
  result,
})
const reserve = (owner: string, times: readonly [number, number | null], values: readonly number[] | null) =>
  operation(owner, { type: 'reserve', owner }, times, values && { type: 'numbers', values })
const lease = (owner: string, times: readonly [number, number], ttlMs: number, value: number) =>
  operation(owner, { type: 'reserve', owner, ttlMs }, times, { type: 'numbers', values: [value] })
const free = (owner: string, times: readonly [number, number | null], count: number | null) =>
  operation(owner, { type: 'free', owner }, times, count === null ? null : { type: 'freed', count })
const list = (times: readonly [number, number], held: Readonly<Record<string, number>>) =>
  operation('lister', { type: 'list' }, times, {
    type: 'held',
    held: Object.entries(held).map(([owner, value]) => ({ owner, value })),
  })

const RULES = { restMs: 100 }
const why = (history: readonly Operation[], rules = RULES): string | null => {
  const verdict = checkHistory(history, rules)
  return verdict.ok ? null : verdict.why
}

describe('what some order explains is accepted', () => {
  const cases: readonly (readonly [string, readonly Operation[]])[] = [
    ['nothing at all', []],
    ['two owners, two numbers', [reserve('a', [0, 9], [1]), reserve('b', [0, 9], [2])]],
    ['the same again', [reserve('a', [0, 9], [1]), reserve('a', [10, 19], [1])]],
    ['a list at the same time as what it shows', [reserve('a', [0, 9], [1]), list([5, 6], { a: 1 })]],
    ['a list at the same time as what it does not show', [reserve('a', [0, 9], [1]), list([5, 6], {})]],
    ['reuse after the rest', [reserve('a', [0, 9], [1]), free('a', [10, 19], 1), reserve('b', [20, 120], [1])]],
    ['freed twice', [reserve('a', [0, 9], [1]), free('a', [10, 19], 1), free('a', [20, 29], 0)]],
    ['freed twice at once', [reserve('a', [0, 9], [1]), free('a', [10, 19], 0), free('a', [10, 29], 1)]],
    ['no answer, and it happened', [reserve('a', [0, null], null), list([50, 60], { a: 1 }), free('a', [70, 80], 1)]],
    ['no answer, and it never happened', [reserve('a', [0, null], null), list([50, 60], {}), free('a', [70, 80], 0)]],
    [
      'no answer, and it happened late',
      [reserve('a', [0, null], null), list([50, 60], {}), list([500, 600], { a: 1 })],
    ],
    [
      'a free without an answer that happened before the next one',
      [reserve('a', [0, 9], [1]), free('a', [10, null], null), reserve('b', [200, 300], [1])],
    ],
    ['a lease that ended', [lease('a', [0, 9], 50, 1), list([60, 70], {}), reserve('b', [140, 150], [1])]],
    ['a lease that nobody ended yet', [lease('a', [0, 9], 50, 1), list([60, 70], { a: 1 }), free('a', [80, 90], 1)]],
    [
      'a refusal',
      [operation('a', { type: 'reserve', owner: 'a' }, [0, 9], { type: 'refused', code: 'POOL_EXHAUSTED' })],
    ],
    [
      'the same value of two pools',
      [
        reserve('a', [0, 9], [1]),
        operation('b', { type: 'reserve', owner: 'b', pool: 'mgmt' }, [10, 19], { type: 'numbers', values: [1] }),
      ],
    ],
  ]
  test.each(cases)('%s', (_, history) => expect(why(history)).toBeNull())
})

describe('what no order explains is refused', () => {
  const held = reserve('a', [0, 9], [1])
  const cases: readonly (readonly [string, RegExp, readonly Operation[]])[] = [
    ['a number given to two at once', /^number vni\/1/, [held, reserve('b', [10, 200], [1])]],
    ['a number given to two in overlapping calls', /^number vni\/1/, [held, reserve('b', [0, 200], [1])]],
    ['a lost release', /^owner a/, [held, free('a', [10, 19], 1), list([20, 29], { a: 1 })]],
    ['a stale read', /^owner a/, [held, list([10, 19], {})]],
    ['freed, then answered as still held', /vni\/1/, [held, free('a', [10, 19], 1), reserve('a', [20, 29], [1])]],
    ['freed twice, answered as freed both times', /^owner a/, [held, free('a', [10, 19], 1), free('a', [20, 29], 1)]],
    ['a free that found nothing', /^owner a/, [held, free('a', [10, 19], 0)]],
    ['reuse before rest', /^number vni\/1/, [held, free('a', [10, 19], 1), reserve('b', [20, 109], [1])]],
    ['a retry that allocates twice', /^owner a/, [held, reserve('a', [10, 19], [2])]],
    ['a lease that ended early', /^owner a/, [lease('a', [0, 9], 50, 1), list([10, 49], {})]],
    ['a leased number reused before rest', /^number/, [lease('a', [0, 9], 50, 1), reserve('b', [60, 149], [1])]],
    ['a number held by who never asked', /^owner z/, [list([0, 9], { z: 7 })]],
    [
      'refused though held',
      /^owner a/,
      [held, operation('a', { type: 'reserve', owner: 'a' }, [10, 19], { type: 'refused', code: 'POOL_EXHAUSTED' })],
    ],
    [
      'two reads that disagree about the order',
      /^owner b/,
      [reserve('b', [0, null], null), list([10, 19], { b: 2 }), list([20, 29], {})],
    ],
  ]
  test.each(cases)('%s', (_, message, history) => expect(why(history)).toMatch(message))

  test('the operations that fit no order are told, the one that shows it last', () => {
    const misfit = reserve('b', [10, 19], [1])
    const verdict = checkHistory([held, reserve('c', [0, 9], [2]), misfit], RULES)
    expect(verdict).toMatchObject({ ok: false, operations: [held, misfit] })
  })

  test('clocks that may be apart let the rest end earlier', () => {
    const history = [held, free('a', [10, 19], 1), reserve('b', [20, 90], [1])]
    expect(checkHistory(history, { restMs: 100, slackMs: 19 }).ok).toBe(false)
    expect(checkHistory(history, { restMs: 100, slackMs: 20 }).ok).toBe(true)
  })
})

/** A true history: each operation happens at one moment of its span in an allocator that gives the lowest rested number. */
function truth(script: readonly { owner: string; free: boolean; early: number; late: number; gapMs: number }[]) {
  const held = new Map<string, number>()
  const freeFrom = new Map<number, number>()
  const history: Operation[] = []
  let nowMs = 0
  for (const { owner, free: isFree, early, late, gapMs } of script) {
    nowMs += gapMs
    const times = [nowMs - early, nowMs + late] as const
    const value = held.get(owner)
    if (isFree) {
      held.delete(owner)
      if (value !== undefined) freeFrom.set(value, nowMs + RULES.restMs)
      history.push(free(owner, times, value === undefined ? 0 : 1))
    } else {
      const taken = new Set(held.values())
      let given = value ?? 1
      while (value === undefined && (taken.has(given) || (freeFrom.get(given) ?? 0) > nowMs)) given++
      held.set(owner, given)
      history.push(reserve(owner, times, [given]))
    }
  }
  return { history, held }
}

const steps = fc.array(
  fc.record({
    owner: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    free: fc.boolean(),
    early: fc.nat(30),
    late: fc.nat(30),
    gapMs: fc.integer({ min: 1, max: 30 }),
  }),
  { maxLength: 40 },
)

describe('any history of an allocator', () => {
  test('is accepted, also where answers were lost', () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat(9)), (script, dice) => {
        const { history } = truth(script)
        const lossy = history.map((one) => (dice.next().value === 0 ? { ...one, returnedMs: null, result: null } : one))
        expect(why(history)).toBeNull()
        expect(why(lossy)).toBeNull()
      }),
    )
  })

  test('of owners with one number each is refused with one more answer that gives a held number to somebody else', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const ends = new Map<string, number>()
        const fresh = script.map((step) => {
          const generation = ends.get(step.owner) ?? 0
          if (step.free) ends.set(step.owner, generation + 1)
          return { ...step, owner: `${step.owner}${generation}` }
        })
        const { history, held } = truth(fresh)
        const value = [...held.values()][0]
        fc.pre(value !== undefined)
        expect(why(history)).toBeNull()
        expect(why([...history, reserve('z', [5000, 6000], [value])])).not.toBeNull()
      }),
    )
  })

  test('of thousands of operations is checked within seconds', () => {
    const drawn = fc.sample(fc.record({ owner: fc.nat(400), free: fc.boolean() }), { numRuns: 5000, seed: 1 })
    const script = drawn.map((step) => ({ owner: `o${step.owner}`, free: step.free, early: 20, late: 20, gapMs: 5 }))
    const { history, held } = truth(script)
    const lists = Array.from({ length: 20 }, (_, i) => list([1e6 + i, 1e6 + i + 5], Object.fromEntries(held)))
    expect(why([...history, ...lists])).toBeNull()
  }, 10_000)
})
