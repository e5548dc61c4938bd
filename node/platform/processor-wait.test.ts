import { expect, test } from 'vitest'
import { ProcessorWait, readSchedstat } from './processor-wait.ts'

/** A process that has waited so many milliseconds in all at each call. */
const waiting = (...waitedMs: readonly number[]) => {
  const texts = waitedMs.map((ms) => `5000000 ${ms * 1e6} 17\n`)
  return new ProcessorWait(() => texts.shift() ?? '')
}

test('the share of the time between two calls that was waited', () => {
  const wait = waiting(700, 1_700, 1_700, 6_700)
  expect([1_000, 5_000, 10_000, 15_000].map((nowMs) => wait.share(nowMs))).toEqual([0, 0.25, 0, 1])
})

test.each(['', 'x', '1', '0 x 1'])('a kernel that says %j says nothing', (text) => {
  const wait = new ProcessorWait(() => text)
  expect([0, 1_000].map((nowMs) => wait.share(nowMs))).toEqual([0, 0])
})

test('a clock that stands still is no share', () => {
  const wait = waiting(0, 10)
  expect([5, 5].map((nowMs) => wait.share(nowMs))).toEqual([0, 0])
})

test('this kernel says something, if anything, that can be read', () => {
  expect(readSchedstat()).toMatch(/^(\d+ \d+ \d+\n)?$/)
})
