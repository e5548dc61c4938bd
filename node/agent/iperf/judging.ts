import { baselineOf, change, historyOf, judge, type Measure, pairKey } from '#core/iperf/judge.ts'
import { showBps } from '#core/iperf/rate-text.ts'
import type { TestNow } from '#core/iperf/view.ts'
import type { FeedTold } from '#core/model/feed.ts'
import { showEnd, type TestResult, type Verdict } from '#core/model/iperf.ts'
import type { Ledger } from './ledger.ts'

/** So many of the newest are enough for a baseline. */
const ENOUGH = 10

/** How the rate of a test compares with what its pair did before with the same parameters; undefined where too little is known. */
export function judged(ledger: Ledger, test: TestNow, bps: number): TestResult['baseline'] {
  const history: Measure[] = []
  for (const tests of samePair(ledger, test)) {
    history.push(...historyOf(tests, test))
    if (history.length >= ENOUGH) break
  }
  const baseline = baselineOf(history)
  // A pair that never got anything through has nothing to fall from.
  if (baseline === undefined || baseline <= 0) return undefined
  return { bps: baseline, ratio: bps / baseline, verdict: judge(bps, baseline) }
}

/** What is to be told of a result, in the light of the one before it. */
export function toldOf(ledger: Ledger, test: TestNow, { receivedBps, baseline }: TestResult): FeedTold | undefined {
  if (baseline === undefined) return undefined
  const code = change(verdictBefore(ledger, test), baseline.verdict)
  if (code === undefined) return undefined
  const percent = Math.round(baseline.ratio * 100)
  const pair = `${showEnd(test.from)} → ${showEnd(test.to)}`
  return {
    level: code === 'TEST_RECOVERED' ? 'info' : 'warn',
    code,
    message: `${pair}: ${showBps(receivedBps)}, ${percent} % of the usual ${showBps(baseline.bps)} (test ${test.spec.id})`,
  }
}

function verdictBefore(ledger: Ledger, test: TestNow): Verdict | undefined {
  const key = pairKey(test.params)
  for (const tests of samePair(ledger, test)) {
    const before = tests
      .filter(({ client, params, spec }) => {
        const isWhole = client.state === 'succeeded' && client.result?.isPartial !== true
        return spec.id < test.spec.id && isWhole && pairKey(params) === key
      })
      .at(-1)
    if (before !== undefined) return before.client.result?.baseline?.verdict
  }
  return undefined
}

/** Tests of the same pair in each exercise, the newest first. */
function* samePair(ledger: Ledger, { from, to }: TestNow): Generator<readonly TestNow[]> {
  const [source, destination] = [showEnd(from), showEnd(to)]
  for (const exercise of ledger.exercises()) {
    const names = new Set(exercise.ends.map(showEnd))
    if (!names.has(source) || !names.has(destination)) continue
    yield ledger.tests(exercise).filter((one) => showEnd(one.from) === source && showEnd(one.to) === destination)
  }
}
