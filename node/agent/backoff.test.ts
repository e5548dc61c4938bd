import { describe, expect, test } from 'vitest'
import type { ResourceId } from '#core/model/ids.ts'
import { Backoff } from './backoff.ts'

const [one, two] = ['workload/l/one', 'workload/l/two'] as [ResourceId, ResourceId]

describe('backoff', () => {
  test('doubles from 1 s to 60 s and stays there', () => {
    const backoff = new Backoff()
    const waitsMs = Array.from({ length: 9 }, () => {
      backoff.fail(one, 'no', 0)
      return backoff.nextMs(0)
    })
    expect(waitsMs).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
  })

  test('holds back the one that failed, until its time, and no other', () => {
    const backoff = new Backoff()
    backoff.fail(one, 'no', 5_000)
    expect(backoff.isDue(one, 5_999)).toBe(false)
    expect(backoff.isDue(one, 6_000)).toBe(true)
    expect(backoff.isDue(two, 5_000)).toBe(true)
  })

  test('tells the last message of each until it succeeds or is not wanted any more', () => {
    const backoff = new Backoff()
    backoff.fail(one, 'first', 0)
    backoff.fail(one, 'second', 0)
    backoff.fail(two, 'other', 0)
    expect([...backoff.messages()]).toEqual([
      [one, 'second'],
      [two, 'other'],
    ])
    backoff.keepOnly(new Set([one]))
    expect([...backoff.messages().keys()]).toEqual([one])
    backoff.succeed(one)
    expect(backoff.messages().size).toBe(0)
  })

  test('begins at 1 s again after a success', () => {
    const backoff = new Backoff()
    backoff.fail(one, 'no', 0)
    backoff.fail(one, 'no', 0)
    backoff.succeed(one)
    backoff.fail(one, 'no', 0)
    expect(backoff.nextMs(0)).toBe(1_000)
  })

  test('the next time is the nearest one still ahead: what was due already was looked at', () => {
    const backoff = new Backoff()
    expect(backoff.nextMs(0)).toBeUndefined()
    backoff.fail(one, 'no', 0)
    backoff.fail(two, 'no', 500)
    expect(backoff.nextMs(0)).toBe(1_000)
    expect(backoff.nextMs(1_000)).toBe(1_500)
    expect(backoff.nextMs(1_500)).toBeUndefined()
  })
})
