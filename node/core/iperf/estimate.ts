import { type ExerciseBody, TEST_GRACE_MS, type TestParams } from '../model/iperf.ts'
import { aimedBps } from './params.ts'

/** What a sample takes beside its time where all goes well: the start of both ends, round trips before it, reading what was printed. */
const SAMPLE_START_MS = 1400
/** The same where much else goes on. */
const SLOW_START_MS = 3000
/** What a round takes beside its tests: until all have heard that the one before it is over. */
const ROUND_MS = 500
/** A ping of 98 bytes on the wire and its answer, five times a second. */
const PING_BYTES_PER_S = 980

/** How long one sample is likely to take. */
export const sampleMs = (params: Pick<TestParams, 'timeS'>): number => params.timeS * 1000 + SAMPLE_START_MS

/** After that a run of one end is killed. */
export const runLimitMs = (params: Pick<TestParams, 'timeS'>): number => params.timeS * 1000 + TEST_GRACE_MS

/** After that a test has failed: all samples, all of them once more, and what comes to it. */
export const testLimitMs = (params: Pick<TestParams, 'timeS' | 'samples'>): number =>
  2 * params.samples * (params.timeS * 1000 + SLOW_START_MS) + TEST_GRACE_MS

const roundMs = (params: Pick<TestParams, 'timeS' | 'samples'>): number => params.samples * sampleMs(params) + ROUND_MS

/** Seconds that so many rounds are likely to take. */
export const estimateS = (params: Pick<TestParams, 'timeS' | 'samples'>, rounds: number): number =>
  Math.ceil((rounds * roundMs(params)) / 1000)

/** As {@link estimateS}, of tests whose parameters may differ: a round takes as long as its longest test. */
export function estimateOf({ params, tests }: Pick<ExerciseBody, 'params' | 'tests'>): number {
  const rounds = new Map<number, number>()
  for (const test of tests) {
    const ms = roundMs(test.params === undefined ? params : { ...params, ...test.params })
    rounds.set(test.round, Math.max(ms, rounds.get(test.round) ?? 0))
  }
  return Math.ceil([...rounds.values()].reduce((sum, ms) => sum + ms, 0) / 1000)
}

/** Bytes that so many tests send at most; null where nothing limits them. */
export function estimateBytes(params: TestParams, tests: number): number | null {
  const aimed = aimedBps(params)
  const perS = params.tool === 'ping' ? PING_BYTES_PER_S : aimed === undefined ? null : aimed / 8
  return perS === null ? null : Math.ceil(perS * params.timeS * params.samples * tests)
}
