import { expect, test } from 'vitest'
import type { ResourceId } from '#core/model/ids.ts'
import type { ResourceKind } from '#core/model/resource.ts'
import { Pace } from './pace.ts'

const [one, two] = ['workload/l/one', 'workload/l/two'] as [ResourceId, ResourceId]
const WANTED = new Set([one, two])

/** A resource that comes undone `heldMs` after each repair; the moments of the repairs. */
const repairs = (heldMs: number, count: number, kind: ResourceKind = 'workload'): readonly number[] => {
  const pace = new Pace()
  const made: number[] = []
  for (let nowMs = 0; made.length < count; nowMs += 100) {
    const isUndone = nowMs - (made.at(-1) ?? Number.NEGATIVE_INFINITY) >= heldMs
    pace.saw(WANTED, new Set(isUndone ? [one] : []), nowMs)
    if (!isUndone || !pace.isReady(one, nowMs)) continue
    pace.spend({ id: one, kind }, nowMs)
    made.push(nowMs)
  }
  return made
}
const gaps = (times: readonly number[]) => times.slice(1).map((ms, i) => ms - (times[i] ?? 0))

test('five times at once, then from 1 s to 60 s later', () => {
  expect(gaps(repairs(100, 13))).toEqual([
    100, 100, 100, 100, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
  ])
})

test('what holds, a container for 5 s and the rest for 1 s, is mended at once, however often', () => {
  expect(new Set(gaps(repairs(5_100, 20)))).toEqual(new Set([5_100]))
  expect(new Set(gaps(repairs(1_100, 20, 'port')))).toEqual(new Set([1_100]))
  expect(gaps(repairs(900, 7, 'port')).at(-1)).toBe(2_000)
})

test('tells when the next is due that waits, and only of what is undone', () => {
  const pace = new Pace()
  for (let count = 0; count < 5; count++) {
    pace.spend({ id: one, kind: 'workload' }, 0)
    expect(pace.nextMs(0)).toBeUndefined()
    pace.saw(WANTED, new Set([one]), 0)
  }
  expect([pace.isReady(one, 0), pace.isReady(two, 0)]).toEqual([false, true])
  expect([pace.nextMs(0), pace.nextMs(1_000)]).toEqual([1_000, undefined])
})

test('what was not wanted in between begins anew', () => {
  const pace = new Pace()
  for (let count = 0; count < 9; count++) {
    pace.spend({ id: one, kind: 'workload' }, 0)
    pace.saw(WANTED, new Set([one]), 0)
  }
  expect(pace.isReady(one, 0)).toBe(false)
  pace.saw(new Set([two]), new Set(), 0)
  expect(pace.isReady(one, 0)).toBe(true)
})

test('says how long it pauses, and forgets that for what is to be done at once', () => {
  const pace = new Pace()
  for (let count = 0; count < 6; count++) {
    pace.saw(WANTED, new Set([one]), 0)
    pace.saw(WANTED, new Set(), 0)
    pace.spend({ id: one, kind: 'port' }, 0)
    pace.saw(WANTED, new Set([one]), 0)
  }
  expect([pace.isReady(one, 0), pace.pauseMs(one)]).toEqual([false, 2_000])
  pace.forgive((id) => id === two)
  expect(pace.isReady(one, 0)).toBe(false)
  pace.forgive((id) => id === one)
  expect([pace.isReady(one, 0), pace.pauseMs(one)]).toEqual([true, 0])
})
