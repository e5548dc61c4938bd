import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HostId } from '../model/ids.ts'
import { Membership } from './membership.ts'
import { MEMBERSHIP_TIMES } from './patience.ts'

const [b, c, d, e] = ['b', 'c', 'd', 'e'] as unknown as readonly [HostId, HostId, HostId, HostId]
const self = 'a' as HostId
const { suspectMs, agreedMs, aloneMs, refusedMs, refusedAloneMs } = MEMBERSHIP_TIMES

/** One host that watches others, on a clock of its own. */
class Watch {
  nowMs = 0
  readonly membership = new Membership(0, self)
  /** What became of each host, `host state@ms`. */
  readonly changes: string[] = []
  #probeMs = 0

  constructor(...hosts: readonly HostId[]) {
    this.membership.setHosts(hosts, 0)
    for (const host of hosts) this.membership.connection(host, true, 0)
    this.hear(...hosts)
    this.changes.length = 0
  }

  note(changes: ReturnType<Membership['tick']>): this {
    for (const { host, to } of changes) this.changes.push(`${host} ${to}@${this.nowMs}`)
    return this
  }

  hear(...hosts: readonly HostId[]): this {
    this.#probeMs = this.nowMs + 500
    for (const host of hosts) this.note(this.membership.heard(host, this.nowMs, 'direct'))
    return this
  }

  /** Ticks every 100 ms for a while; `hosts` answer probes all the time. */
  pass(ms: number, ...hosts: readonly HostId[]): this {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; ) {
      this.nowMs += 100
      if (this.nowMs >= this.#probeMs) this.hear(...hosts)
      this.note(this.membership.tick(this.nowMs))
    }
    return this
  }

  ask(about: HostId, ...answers: readonly (readonly [HostId, number | null])[]): this {
    this.membership.asking(
      about,
      answers.map(([from]) => from),
    )
    for (const [from, agoMs] of answers) this.note(this.membership.answered({ about, from, agoMs }, this.nowMs))
    return this
  }

  gone(host: HostId): this {
    this.membership.connection(host, false, this.nowMs)
    this.pass(200)
    return this.note(this.membership.refused(host, this.nowMs))
  }

  reason(host: HostId): string | undefined {
    return this.membership.of(host)?.reason
  }
}

/** The first tick at or after this. */
const tickAt = (ms: number): number => Math.ceil(ms / 100) * 100

describe('silence', () => {
  test('a host that never beat is down, not unknown', () => {
    const membership = new Membership(0, self)
    membership.setHosts([b], 0)
    expect(membership.of(b)).toMatchObject({ state: 'suspect', reason: 'not heard yet' })
    for (let nowMs = 0; nowMs <= aloneMs; nowMs += 100) membership.tick(nowMs)
    expect(membership.of(b)).toMatchObject({
      state: 'down',
      reason: 'never heard since this host started',
    })
  })

  test('makes a host suspect, then down, late where nobody confirms it; a sign of life makes it alive', () => {
    const watch = new Watch(b).pass(10_000)
    expect(watch.changes).toEqual([`b suspect@${suspectMs}`, `b down@${suspectMs + aloneMs}`])
    expect(watch.reason(b)).toBe('silent for 7 s; nobody could be asked')
    expect(watch.hear(b).changes.at(-1)).toBe('b alive@10000')
    expect(watch.reason(b)).toBe('')
  })

  test.each([
    { who: 'the silent host', starved: b },
    { who: 'the one that waits', starved: self },
  ])('is borne longer while $who has no free processor', ({ starved }) => {
    const watch = new Watch(b, c)
    watch.membership.starved(starved, true)
    watch.pass(suspectMs + 2_900, c)
    expect(watch.changes).toEqual([])
    watch.pass(300, c)
    expect(watch.changes).toEqual([`b suspect@${suspectMs + 3_000}`])
    const after = new Watch(b, c)
    after.membership.starved(starved, true)
    after.membership.starved(starved, false)
    expect(after.pass(suspectMs, c).changes).toEqual([`b suspect@${suspectMs}`])
  })

  test('is down soon where most of those asked have lost it too', () => {
    const watch = new Watch(b, c, d, e).pass(suspectMs, c, d, e).ask(b, [c, null], [d, 1_700], [e, 1_200])
    watch.pass(2_000, c, d, e)
    expect(watch.changes).toEqual([`b suspect@${suspectMs}`, expect.stringMatching('b down@')])
    // The last who heard it did so 400 ms after us.
    expect(watch.changes[1]).toBe(`b down@${tickAt(suspectMs + agreedMs + 400)}`)
    expect(watch.reason(b)).toBe('silent for 2 s; 2 of 3 hosts asked have lost it too')
  })

  test.each<[string, readonly (readonly [HostId, number | null])[]]>([
    ['nobody', []],
    ['half of them', [[c, null] as const, [d, 1_200] as const]],
    ['none', [[c, 1_200] as const]],
  ])('is waited for where %s agrees', (_, answers) => {
    const watch = new Watch(b, c, d).pass(suspectMs, c, d).ask(b, ...answers)
    watch.pass(2_500, c, d)
    expect(watch.changes).toEqual([`b suspect@${suspectMs}`])
    expect(watch.pass(5_000, c, d).membership.of(b)?.state).toBe('down')
  })

  test('somebody who heard it within the last second clears it; older news does not', () => {
    const watch = new Watch(b, c).pass(suspectMs, c).ask(b, [c, 1_000])
    expect(watch.membership.isAlive(b)).toBe(false)
    watch.ask(b, [c, 900])
    expect(watch.changes).toEqual([`b suspect@${suspectMs}`, `b alive@${suspectMs}`])
    expect(watch.reason(b)).toBe('heard through other hosts only')
  })

  test('a host that only others hear is never suspected while they are asked in time', () => {
    const watch = new Watch(b, c)
    for (let round = 0; round < 40; round++) {
      watch.pass(500, c)
      if (watch.membership.doubtful(watch.nowMs).includes(b)) watch.ask(b, [c, 400])
    }
    expect(watch.changes).toEqual([])
    expect(watch.reason(b)).toBe('heard through other hosts only')
    expect(watch.hear(b).reason(b)).toBe('')
  })

  test('a late answer about the past does not undo newer knowledge', () => {
    const watch = new Watch(b, c).pass(1_000, b, c).ask(b, [c, 900])
    expect(watch.membership.of(b)?.heardMs).toBe(1_000)
  })

  test('the word of a host that was not asked counts for nothing', () => {
    const watch = new Watch(b, c, d).pass(suspectMs, c, d).ask(b, [c, 1_200])
    for (const from of [d, e]) watch.membership.answered({ about: b, from, agoMs: null }, watch.nowMs)
    expect(watch.pass(2_000, c, d).changes).toEqual([`b suspect@${suspectMs}`])
  })
})

describe('a connection that closed and is refused', () => {
  test('is suspicion at once, and down soon where others have lost it too', () => {
    const watch = new Watch(b, c, d).pass(1_000, b, c, d).gone(b)
    expect(watch.changes).toEqual(['b suspect@1200'])
    expect(watch.reason(b)).toBe('its connection closed and it refuses new ones: the agent does not run')
    watch.ask(b, [c, null], [d, null]).pass(3_000, c, d)
    expect(watch.changes[1]).toBe(`b down@${tickAt(1_000 + refusedMs)}`)
    expect(watch.reason(b)).toMatch('refuses new ones: the agent does not run; 2 of 2 hosts asked have lost it too')
  })

  test('waits longer where nobody can be asked', () => {
    const watch = new Watch(b).pass(1_000, b).gone(b).pass(4_000)
    expect(watch.changes).toEqual(['b suspect@1200', `b down@${tickAt(1_000 + refusedAloneMs)}`])
  })

  test('an agent that is started again in time was never down', () => {
    const watch = new Watch(b, c).pass(1_000, b, c).gone(b).ask(b, [c, null]).pass(900, c)
    watch.membership.connection(b, true, watch.nowMs)
    expect(watch.hear(b).pass(5_000, b, c).changes).toEqual(['b suspect@1200', 'b alive@2100'])
  })

  test('says nothing where others hear the host: a wall that refuses is no death', () => {
    const watch = new Watch(b, c).pass(1_000, b, c).gone(b).pass(400, c).ask(b, [c, 100])
    for (let round = 0; round < 20; round++) {
      watch.note(watch.membership.refused(b, watch.nowMs))
      watch.pass(500, c).ask(b, [c, 100])
    }
    expect(watch.changes).toEqual(['b suspect@1200', 'b alive@1600'])
  })

  test('a connection that only closed is no suspicion, nor is a refusal beside a connection', () => {
    const watch = new Watch(b, c).pass(1_000, b, c)
    watch.membership.connection(b, false, watch.nowMs)
    watch.pass(1_000, c)
    watch.membership.connection(b, true, watch.nowMs)
    watch.note(watch.membership.refused(b, watch.nowMs))
    expect(watch.hear(b).pass(1_000, b, c).changes).toEqual([])
  })
})

describe('a host that runs late itself', () => {
  test.each([5_000, 25_000, 60_000])('blames nobody for a stop of %i ms of its own', (stopMs) => {
    const watch = new Watch(b, c).pass(1_000, b, c)
    watch.nowMs += stopMs
    watch.note(watch.membership.tick(watch.nowMs)).pass(3_000)
    expect(watch.changes).toEqual([])
    expect(watch.membership.testimony(b, watch.nowMs), 'and is no witness').toBeUndefined()
    // Two seconds later it has heard nobody: now they are suspected.
    expect(watch.pass(15_000).changes.map((change) => change.replace(/@.*/, ''))).toEqual([
      'b suspect',
      'c suspect',
      'b down',
      'c down',
    ])
  })

  test('waits longer while its ticks come late', () => {
    const watch = new Watch(b, c).ask(b, [c, null])
    for (let round = 0; round < 8; round++) {
      watch.nowMs += 600
      watch.note(watch.membership.tick(watch.nowMs))
    }
    expect(watch.changes).toEqual([])
  })

  test('is a witness of what it heard itself only', () => {
    const watch = new Watch(b, c).pass(300)
    watch.membership.setHosts([b, c, d], watch.nowMs)
    watch.membership.connection(c, false, watch.nowMs)
    expect([b, c, d].map((host) => watch.membership.testimony(host, watch.nowMs))).toEqual([300, null, undefined])
  })
})

describe('a host that is slow', () => {
  test('is given twice its longest pause, which is forgotten slowly', () => {
    const watch = new Watch(b).pass(1_500).hear(b).pass(2_900)
    expect(watch.changes).toEqual([])
    expect(watch.pass(200).changes).toEqual([`b suspect@${tickAt(1_500 + 3_000)}`])
    watch.hear(b).pass(180_000, b)
    watch.changes.length = 0
    const fromMs = watch.nowMs
    expect(watch.hear(b).pass(3_000).changes[0]).toBe(`b suspect@${tickAt(fromMs + suspectMs)}`)
  })

  test('a pause over which the connection went is none', () => {
    const watch = new Watch(b).pass(1_000)
    watch.membership.connection(b, false, watch.nowMs)
    watch.pass(60_000)
    watch.membership.connection(b, true, watch.nowMs)
    expect(watch.hear(b).membership.of(b)?.gapMs).toBeLessThan(1_001)
  })
})

test('a host that left the roster is forgotten', () => {
  const watch = new Watch(b)
  watch.membership.setHosts([], 10)
  expect(watch.membership.of(b)).toBeUndefined()
  expect(watch.hear(b).changes).toEqual([])
})

describe('whatever happens', () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ type: fc.constant('stall' as const), ms: fc.integer({ min: 100, max: 30_000 }) }),
    fc.record({ type: fc.constant('loss' as const), refused: fc.boolean() }),
    fc.record({ type: fc.constant('told' as const), agoMs: fc.option(fc.integer({ min: 0, max: 60_000 })) }),
  )

  test('a host that answers every half second whenever this one looks is never called down', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const watch = new Watch(b, c, d)
        for (const one of steps) {
          if (one.type === 'pass') watch.pass(one.ms * 100, b, c, d)
          else if (one.type === 'stall') watch.nowMs += one.ms
          else if (one.type === 'told') watch.ask(b, [c, one.agoMs], [d, one.agoMs])
          else {
            watch.membership.connection(b, false, watch.nowMs)
            if (one.refused) watch.note(watch.membership.refused(b, watch.nowMs))
            watch.pass(300, c, d)
            watch.membership.connection(b, true, watch.nowMs)
            watch.hear(b)
          }
        }
        expect(watch.changes.filter((change) => change.includes('down'))).toEqual([])
      }),
    )
  })

  test('a host that never answers again is down in the end, and down means that it stays so', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const watch = new Watch(b, c)
        for (const one of steps) {
          if (one.type === 'pass') watch.pass(one.ms * 100, c)
          else if (one.type === 'stall') watch.nowMs += one.ms
          else if (one.type === 'loss') watch.gone(b)
          else watch.ask(b, [c, one.agoMs === null ? null : one.agoMs + watch.nowMs])
        }
        watch.pass(30_000, c)
        expect(watch.changes.filter((change) => change.startsWith('b down'))).toHaveLength(1)
        expect(watch.membership.of(b)?.state).toBe('down')
      }),
    )
  })
})
