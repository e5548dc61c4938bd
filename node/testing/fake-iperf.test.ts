import { describe, expect, test } from 'vitest'
import { createFakeIperf } from './fake-iperf.ts'

describe('the samples', () => {
  test('have one that ended with each sort of result, one in the second of eight rounds, one without tests', () => {
    const [empty, star, mesh] = createFakeIperf().list()
    expect(mesh).toMatchObject({ state: 'ended', tests: 20, verdict: 'bad', states: { succeeded: 19, failed: 1 } })
    expect(star).toMatchObject({
      state: 'running',
      round: 1,
      rounds: 8,
      states: { succeeded: 1, running: 1, pending: 6 },
    })
    expect(empty).toMatchObject({ state: 'created', tests: 0, rounds: 0, round: 0 })
  })
})

describe('time', () => {
  test('goes on only when it is told to, up to the end', async () => {
    const iperf = createFakeIperf()
    const { id } = await iperf.create({ shape: 'pairs', pairs: [['a', 'b']], start: true })
    expect(iperf.exercise(id).all.map(({ state }) => state)).toEqual(['running'])
    iperf.finish(id)
    expect(iperf.exercise(id)).toMatchObject({
      state: 'ended',
      all: [{ state: 'succeeded', result: { receivedBps: 940e6 } }],
    })
  })
})
