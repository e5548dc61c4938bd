import { describe, expect, it } from 'vitest'
import { claimExactly, quarantine, valuesOf } from './exact.ts'
import { claim, countsOf, draftOf, emptyPool, give, type Pool } from './pool.ts'

const clock = { nowMs: 0, restMs: 100 }
const wanted = (rows: Readonly<Record<string, number>>) => new Map(Object.entries(rows))
const poolOf = (range: readonly [number, number], rows: Readonly<Record<string, number>>): Pool => {
  const pool = claimExactly(emptyPool(...range), { prefix: '', wanted: wanted(rows), ...clock })
  if ('value' in pool) throw new Error('it cannot be made')
  return pool
}
const next = (pool: Pool, nowMs: number, count = 1) =>
  give(draftOf(pool, nowMs), 'next', { count, sinceMs: nowMs, untilMs: null })

describe('an exact claim', () => {
  it('takes the numbers named, free or at rest, and leaves the others', () => {
    const pool = poolOf([1, 9], { 'x/a': 3, 'x/b': 7 })
    expect(valuesOf(pool)).toEqual([3, 7])
    expect(next(pool, 0, 7)).toEqual([1, 2, 4, 5, 6, 8, 9])
    const swapped = claimExactly(pool, { prefix: 'x/', wanted: wanted({ 'x/a': 7, 'x/c': 3 }), ...clock })
    expect([...('value' in swapped ? [] : swapped.owners.entries())]).toMatchObject([
      ['x/a', { values: [7] }],
      ['x/c', { values: [3] }],
    ])
    expect(countsOf('value' in swapped ? pool : swapped, 0)).toMatchObject({ free: 7, inUse: 2, resting: 0 })
  })

  it('frees what is held under the prefix and not named', () => {
    const pool = poolOf([1, 9], { 'x/a': 3, 'y/a': 4 })
    const less = claimExactly(pool, { prefix: 'x/', wanted: wanted({}), ...clock })
    expect('value' in less ? undefined : countsOf(less, 99)).toMatchObject({ inUse: 1, resting: 1 })
  })

  it.each([
    ['another holds', { 'z/a': 3 }, { value: 3, owner: 'x/a' }],
    ['is out of range', { 'z/a': 2, 'z/b': 10 }, { value: 10, owner: null }],
    ['two want', { 'z/a': 2, 'z/b': 2 }, { value: 2, owner: null }],
  ])('is refused for a number that %s', (_what, rows, clash) => {
    const pool = poolOf([1, 9], { 'x/a': 3 })
    expect(claimExactly(pool, { prefix: 'z/', wanted: wanted(rows), ...clock })).toEqual(clash)
    expect(valuesOf(pool)).toEqual([3])
  })
})

describe('a quarantine', () => {
  const apart = (pool: Pool) => quarantine(pool, { untilMs: 1_000, beyond: 5 })

  it('rests what is free below the highest number known, and some above', () => {
    const pool = apart(poolOf([1, 100], { a: 3, b: 6 }))
    expect(next(pool, 999)).toEqual([12])
    expect(countsOf(pool, 999)).toEqual({ free: 89, inUse: 2, resting: 9, freeAgainAtMs: 1_000 })
    expect(next(pool, 1_000)).toEqual([1])
    expect(countsOf(pool, 1_000)).toMatchObject({ free: 98, inUse: 2, resting: 0 })
  })

  it('counts what rests as known, and rests it longer', () => {
    const full = claim(emptyPool(1, 100), { prefix: '', owners: ['a', 'b', 'c'], ...clock })?.pool ?? emptyPool(1, 1)
    const freed = claim(full, { prefix: '', owners: [], ...clock })?.pool ?? full
    expect(next(apart(freed), 999)).toEqual([9])
  })

  it('leaves three quarters of a small pool, and has nothing to say where all is held', () => {
    expect(next(apart(emptyPool(1, 8)), 0, 6)).toEqual([3, 4, 5, 6, 7, 8])
    const full = claim(emptyPool(1, 2), { prefix: '', owners: ['a', 'b'], ...clock })?.pool ?? emptyPool(1, 1)
    expect(countsOf(apart(full), 0)).toMatchObject({ free: 0, inUse: 2, resting: 0 })
  })

  it('still gives a number to who says it is his', () => {
    const pool = claimExactly(apart(emptyPool(1, 100)), { prefix: 'x/', wanted: wanted({ 'x/a': 3 }), ...clock })
    expect('value' in pool ? undefined : countsOf(pool, 0)).toMatchObject({ inUse: 1, resting: 4 })
  })
})
