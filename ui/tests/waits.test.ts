import { describe, expect, it } from 'vitest'
import type { TestReservation } from '#agent/port-iperf.ts'
import { DEFAULT_PARAMS } from '#core/model/iperf.ts'
import { begun, type FakeExercise, over, pendingTest, viewOf } from '#testing/fake-iperf-samples.ts'
import { barsOf } from './timeline.ts'
import { roundsOf, waitingFor } from './waits.ts'

const pending = (id: number, source: string, destination: string, round: number) =>
  pendingTest(1, { id, source, destination, round }, DEFAULT_PARAMS)
const view = (all: FakeExercise['all']) =>
  viewOf({
    ...{ id: 1, name: '', by: 'a', params: DEFAULT_PARAMS, ends: [], createdAtMs: 0, startedAtMs: 1, endedAtMs: null },
    all,
  })
const held = (change: Partial<TestReservation>): TestReservation => ({
  ...{ owner: 'test/77', test: 77, type: 'nic', of: 'b', sinceMs: 0, untilMs: 10_000, ...change },
})

describe('what waits', () => {
  const exercise = view([pending(2, 'a', 'b', 0), pending(3, 'c', 'd', 0), pending(4, 'b', 'c', 1)])

  it('for the NIC of another exercise, and only in the round that is on', () => {
    const found = waitingFor(exercise, [held({})])
    expect(found.map(({ test, nic }) => [test.id, nic.test])).toEqual([[2, 77]])
  })

  it('not for its own tests, nor for a port', () => {
    expect(waitingFor(exercise, [held({ test: 3 }), held({ type: 'port', port: 5_000 })])).toEqual([])
  })
})

describe('rounds', () => {
  it('tell what is over, what is wrong and what is on', () => {
    const failed = over(begun(pending(2, 'a', 'b', 0), 1), { state: 'failed', atMs: 2, error: 'x' })
    const done = over(begun(pending(3, 'c', 'd', 0), 1), { state: 'succeeded', atMs: 2 })
    expect(roundsOf(view([failed, done, begun(pending(4, 'b', 'c', 1), 3)]))).toEqual([
      { round: 0, tests: 2, over: 2, wrong: 1, canceled: 0, isOn: false },
      { round: 1, tests: 1, over: 0, wrong: 0, canceled: 0, isOn: true },
    ])
  })
})

describe('the line of reservations', () => {
  it('goes from the first beginning to the last end', () => {
    const bars = barsOf([held({ sinceMs: 5_000 }), held({ of: 'a', sinceMs: 0, untilMs: 5_000 })], 2_500)
    expect(bars.map(({ held: { of }, start, width, now, leftMs }) => [of, start, width, now, leftMs])).toEqual([
      ['a', 0, 50, 25, 2_500],
      ['b', 50, 50, 25, 7_500],
    ])
  })

  it('of one that should be over nothing is left', () => {
    expect(barsOf([held({ untilMs: 4_000 })], 8_000)[0]).toMatchObject({ leftMs: 0, now: 100, width: 50 })
  })
})
