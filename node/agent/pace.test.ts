import { expect, test } from 'vitest'
import type { ResourceId } from '#core/model/ids.ts'
import { Pace } from './pace.ts'

const [one, two] = ['workload/l/one', 'workload/l/two'] as [ResourceId, ResourceId]
const spent = (times: number): Pace => {
  const pace = new Pace()
  for (let count = 0; count < times; count++) pace.spend(one, 0)
  return pace
}

test('eight in a row are made at once, then one every 10 s, of this resource only', () => {
  expect(spent(7).isReady(one, 0)).toBe(true)
  const pace = spent(8)
  expect([pace.isReady(one, 0), pace.isReady(two, 0)]).toEqual([false, true])
  expect([pace.isReady(one, 9_999), pace.isReady(one, 10_000)]).toEqual([false, true])
  expect(pace.nextMs(0)).toBe(10_000)
  pace.spend(one, 10_000)
  expect([pace.isReady(one, 19_999), pace.isReady(one, 20_000)]).toEqual([false, true])
  expect(pace.nextMs(10_000)).toBe(20_000)
})

test('after a quiet while eight are free again', () => {
  const pace = spent(12)
  expect(pace.nextMs(80_000)).toBeUndefined()
  for (let count = 0; count < 8; count++) {
    expect(pace.isReady(one, 80_000)).toBe(true)
    pace.spend(one, 80_000)
  }
  expect(pace.isReady(one, 80_000)).toBe(false)
})

test('what was not wanted in between begins anew', () => {
  const pace = spent(8)
  pace.keepOnly(new Set([two]))
  expect(pace.isReady(one, 0)).toBe(true)
  expect(pace.nextMs(0)).toBeUndefined()
})
