import { showEnd, type TestEnd, type TestParams, type Verdict } from '../model/iperf.ts'
import { median } from './stats.ts'
import type { TestNow } from './view.ts'

/** A rate that a pair had, and when: wall clock, for the order alone. */
export interface Measure {
  readonly bps: number
  readonly atMs: number
}

/** So many of the newest make the baseline; fewer than the least make none. */
const BASELINE_OF = 10
const BASELINE_LEAST = 3
const WARN_RATIO = 0.8
const BAD_RATIO = 0.6

/** What a pair usually does, bits a second; undefined where too little is known. */
export function baselineOf(history: readonly Measure[]): number | undefined {
  if (history.length < BASELINE_LEAST) return undefined
  const newest = history.toSorted((a, b) => b.atMs - a.atMs).slice(0, BASELINE_OF)
  return median(newest.map(({ bps }) => bps))
}

/** Below 80 % of the baseline it is to be warned of, below 60 % bad. */
export const judge = (bps: number, baseline: number): Verdict =>
  bps >= baseline * WARN_RATIO ? 'good' : bps >= baseline * BAD_RATIO ? 'warn' : 'bad'

/** Equal for tests whose rates may be compared: all parameters but how often it is measured. */
export const pairKey = ({ samples: _, ...params }: TestParams): string =>
  JSON.stringify(Object.entries(params).toSorted(([a], [b]) => (a < b ? -1 : 1)))

/** What a pair did with the same parameters, newest first: whole results that were good, or that nobody could judge. */
export function historyOf(
  tests: Iterable<TestNow>,
  of: { readonly from: TestEnd; readonly to: TestEnd; readonly params: TestParams },
): readonly Measure[] {
  const [from, to, key] = [showEnd(of.from), showEnd(of.to), pairKey(of.params)]
  const found: Measure[] = []
  for (const test of tests) {
    const { result, state, endedAtMs } = test.client
    if (state !== 'succeeded' || result === undefined || result.isPartial === true) continue
    if ((result.baseline?.verdict ?? 'good') !== 'good') continue
    if (showEnd(test.from) !== from || showEnd(test.to) !== to || pairKey(test.params) !== key) continue
    found.push({ bps: result.receivedBps, atMs: endedAtMs ?? 0 })
  }
  return found.sort((a, b) => b.atMs - a.atMs)
}

/** The event to tell of a verdict, given the one before it; undefined where it says nothing new. */
export function change(
  before: Verdict | undefined,
  now: Verdict,
): 'TEST_WARN' | 'TEST_BAD' | 'TEST_RECOVERED' | undefined {
  if (now === (before ?? 'good')) return undefined
  return now === 'bad' ? 'TEST_BAD' : now === 'warn' ? 'TEST_WARN' : 'TEST_RECOVERED'
}
