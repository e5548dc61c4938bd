import { expect, it } from 'vitest'
import { DEFAULT_PARAMS, TEST_GRACE_MS } from '../model/iperf.ts'
import { estimateBytes, estimateOf, estimateS, runLimitMs, sampleMs, testLimitMs } from './estimate.ts'

const params = { ...DEFAULT_PARAMS, timeS: 10, samples: 3 }

it('gives a run and a test time for what they do, and no more', () => {
  expect(sampleMs(params)).toBeGreaterThan(10_000)
  expect(runLimitMs(params)).toBe(10_000 + TEST_GRACE_MS)
  expect(testLimitMs(params)).toBe(6 * 13_000 + TEST_GRACE_MS)
})

it('is about right of what was seen to take that long', () => {
  // A mesh of three hosts, 2 s: 21.7 s. One pair, 2 s, three samples: 10.3 s. One pair, 3 s: 4.9 s.
  expect(estimateS({ timeS: 2, samples: 1 }, 6)).toBe(24)
  expect(estimateS({ timeS: 2, samples: 3 }, 1)).toBe(11)
  expect(estimateS({ timeS: 3, samples: 1 }, 1)).toBe(5)
})

it('estimates rounds one after the other', () => {
  expect(estimateS(params, 0)).toBe(0)
  expect(estimateS(params, 8)).toBeGreaterThanOrEqual(8 * 30)
  expect(estimateS(params, 8)).toBeLessThan(8 * 45)
})

it('lets a round take as long as its longest test', () => {
  const test = { from: 0, to: 1 }
  const tests = [0, 0, 1].map((round, id) => ({ ...test, id, round }))
  expect(estimateOf({ params, tests })).toBe(estimateS(params, 2))
  const long = { ...test, id: 9, round: 1, params: { timeS: 3600, samples: 1 } }
  expect(estimateOf({ params, tests: [...tests, long] })).toBe(
    estimateS(params, 1) + estimateS({ timeS: 3600, samples: 1 }, 1),
  )
})

it('tells the most that is sent, where something limits it', () => {
  expect(estimateBytes(params, 5)).toBeNull()
  expect(estimateBytes({ ...params, bitrateBps: 8_000_000, parallel: 2 }, 5)).toBe(2_000_000 * 30 * 5)
  expect(estimateBytes({ ...params, protocol: 'udp' }, 1)).toBe(125_000 * 30)
  expect(estimateBytes({ ...params, tool: 'ping' }, 1)).toBeLessThan(100_000)
})
