import fc from 'fast-check'
import { expect, it } from 'vitest'
import { confidenceOfMedian, median, nearestTo } from './stats.ts'

it('finds the median', () => {
  expect(median([])).toBeUndefined()
  expect(median([5])).toBe(5)
  expect(median([9, 1, 5])).toBe(5)
  expect(median([10, 9, 2, 1])).toBe(5.5)
})

it('has as many values above the median as below', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1 }), (values) => {
      const middle = median(values) ?? -1
      const half = values.length / 2
      expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(half)
      expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(half)
    }),
  )
})

it('knows the interval of the median that tables of order statistics have', () => {
  const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, at) => at + 1)
  expect(confidenceOfMedian([1, 2])).toBeUndefined()
  // Both ends left out: 0 of 3 to 8 values, 1 of 9 to 11, 2 of 12 to 14, 5 of 20.
  const cuts = [3, 5, 6, 8, 9, 11, 12, 14, 20].map((n) => [n, n - 1 - 2 * (confidenceOfMedian(upTo(n)) ?? 0)])
  expect(cuts.map(([n, both]) => [n, (both ?? 0) / 2])).toEqual([
    [3, 0],
    [5, 0],
    [6, 0],
    [8, 0],
    [9, 1],
    [11, 1],
    [12, 2],
    [14, 2],
    [20, 5],
  ])
  expect(confidenceOfMedian([7, 7, 7])).toBe(0)
})

it('finds what is next', () => {
  expect(nearestTo([], 1)).toBe(-1)
  expect(nearestTo([10, 20, 31], 25)).toBe(1)
  expect(nearestTo([5, 5], 5)).toBe(0)
})
