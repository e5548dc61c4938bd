import { cpuUsage } from 'node:process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAC_RANGE } from './address.ts'
import { valuesOf } from './exact.ts'
import { claim, countsOf, draftOf, emptyPool, give, heldUnder, type Pool, takeBack } from './pool.ts'

const REST_MS = 600_000
const at = (nowMs: number) => ({ nowMs, restMs: REST_MS })
const claimed = (pool: Pool, lab: string, count: number, nowMs = 0) =>
  claim(pool, {
    prefix: `${lab}/`,
    owners: Array.from({ length: count }, (_, index) => `${lab}/${index}`),
    ...at(nowMs),
  })

describe('a pool', () => {
  it('gives the lowest free values in the order asked', () => {
    const draft = draftOf(emptyPool(10, 20), 5)
    expect(give(draft, 'a', { count: 2, sinceMs: 5, untilMs: null })).toEqual([10, 11])
    expect(give(draft, 'b', { count: 1, sinceMs: 5, untilMs: 9 })).toEqual([12])
    expect([...draft.owners.entries()]).toEqual([
      ['a', { values: [10, 11], sinceMs: 5, untilMs: null }],
      ['b', { values: [12], sinceMs: 5, untilMs: 9 }],
    ])
  })

  it('stays as it was while a draft of it changes', () => {
    const pool = claimed(emptyPool(1, 9), 'a', 3)?.pool ?? emptyPool(1, 1)
    const before = [...pool.owners.entries(), ...pool.free.entries(), ...pool.resting.entries(), pool.held, pool.atRest]
    const draft = draftOf(pool, 5)
    takeBack(draft, 'a/1', at(5))
    give(draft, 'b', { count: 4, sinceMs: 5, untilMs: null })
    const after = [...pool.owners.entries(), ...pool.free.entries(), ...pool.resting.entries(), pool.held, pool.atRest]
    expect(after).toEqual(before)
  })

  it('lets a freed value rest, then gives it again', () => {
    const draft = draftOf(claimed(emptyPool(1, 9), 'a', 2)?.pool ?? emptyPool(1, 1), 1_000)
    expect(takeBack(draft, 'a/0', at(1_000))).toBe(1)
    expect(takeBack(draft, 'a/0', at(1_000))).toBe(0)
    const next = (nowMs: number) => give(draftOf(draft, nowMs), 'c', { count: 1, sinceMs: nowMs, untilMs: null })
    expect(next(1_000 + REST_MS - 1)).toEqual([3])
    expect(next(1_000 + REST_MS)).toEqual([1])
  })

  it('gives all or nothing, and says how many it could and when there are more', () => {
    const pool = claimed(emptyPool(1, 3), 'a', 1)?.pool ?? emptyPool(1, 1)
    expect(claimed(pool, 'b', 3)).toBeUndefined()
    expect(countsOf(pool, 0)).toEqual({ free: 2, inUse: 1, resting: 0, freeAgainAtMs: null })
    const freed = claimed(pool, 'a', 0)?.pool ?? pool
    expect(countsOf(freed, 1)).toEqual({ free: 2, inUse: 0, resting: 1, freeAgainAtMs: REST_MS })
    expect(countsOf(freed, REST_MS)).toEqual({ free: 3, inUse: 0, resting: 0, freeAgainAtMs: null })
  })

  it('claims: keeps what is held, adds what is missing, frees the rest under the prefix only', () => {
    const owners = ['lab/x/1', 'lab/x/2', 'lab/xy/1']
    const start = claim(emptyPool(1, 9), { prefix: 'lab/', owners, ...at(0) })?.pool ?? emptyPool(1, 1)
    const second = claim(start, { prefix: 'lab/x/', owners: ['lab/x/2', 'lab/x/3'], ...at(7) })
    expect(second?.values).toEqual(new Map(Object.entries({ 'lab/x/2': 2, 'lab/x/3': 4 })))
    expect(heldUnder(second?.pool ?? start, '')).toEqual(
      new Map(Object.entries({ 'lab/x/2': 2, 'lab/x/3': 4, 'lab/xy/1': 3 })),
    )
    expect([...(second?.pool.resting.entries() ?? [])]).toEqual([[[7 + REST_MS, 1], 1]])
    expect(claim(start, { prefix: 'lab/z/', owners: [], ...at(7) })?.pool).toBe(start)
  })

  it('gives 2000 MAC addresses beside 10 000 held ones in well under 50 ms of CPU', () => {
    const full = claimed(emptyPool(...MAC_RANGE), 'a', 10_000)?.pool ?? emptyPool(1, 1)
    const takenMs = Array.from({ length: 5 }, () => {
      const before = cpuUsage()
      expect(claimed(full, 'b', 2_000, 1)?.values.size).toBe(2_000)
      return cpuUsage(before).user / 1000
    })
    expect(Math.min(...takenMs)).toBeLessThan(50)
  })
})

/** A pool as one would write it down: who has which number, and when each was freed. */
class NaivePool {
  readonly held = new Map<number, string>()
  readonly freedAt = new Map<number, number>()
  readonly to: number

  constructor(to: number) {
    this.to = to
  }

  free(nowMs: number): readonly number[] {
    return Array.from({ length: this.to }, (_, index) => index + 1).filter(
      (value) => !this.held.has(value) && nowMs - (this.freedAt.get(value) ?? -REST_MS) >= REST_MS,
    )
  }

  give(owner: string, count: number, nowMs: number): readonly number[] | undefined {
    const free = this.free(nowMs).slice(0, count)
    if (free.length < count) return undefined
    for (const value of free) this.held.set(value, owner)
    return free
  }

  takeBack(owner: string, nowMs: number): number {
    const values = [...this.held].filter(([, holder]) => holder === owner).map(([value]) => value)
    for (const value of values) {
      this.held.delete(value)
      this.freedAt.set(value, nowMs)
    }
    return values.length
  }
}

const step = fc.record({
  owner: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  count: fc.integer({ min: 0, max: 5 }),
  waitMs: fc.oneof(fc.constant(0), fc.nat(REST_MS)),
})

describe('a pool, beside a naive one', () => {
  it('gives the same numbers, and its counts add up', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let pool: Pool = emptyPool(1, 12)
        const naive = new NaivePool(12)
        let nowMs = 0
        for (const { owner, count, waitMs } of steps) {
          nowMs += waitMs
          const draft = draftOf(pool, nowMs)
          expect(takeBack(draft, owner, at(nowMs))).toBe(naive.takeBack(owner, nowMs))
          if (count > 0) {
            const given = give(draft, owner, { count, sinceMs: nowMs, untilMs: null })
            expect(given).toEqual(naive.give(owner, count, nowMs))
          }
          pool = draft
          expect(valuesOf(pool)).toEqual([...naive.held.keys()].sort((a, b) => a - b))
          const { free, inUse, resting } = countsOf(pool, nowMs)
          expect([free, inUse, free + inUse + resting]).toEqual([naive.free(nowMs).length, naive.held.size, 12])
        }
      }),
    )
  })
})
