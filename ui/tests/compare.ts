import type { TestView } from '#agent/port-iperf.ts'
import { showBps } from '#core/iperf/rate-text.ts'
import { type Cell, placeOf } from './cells.ts'

/** One pair in two exercises. */
export interface Compared {
  readonly source: string
  readonly destination: string
  readonly before: TestView | undefined
  readonly after: TestView | undefined
}

/** The last test with a result of each pair; else the last one. */
function lastOf(tests: readonly TestView[]): ReadonlyMap<string, TestView> {
  const last = new Map<string, TestView>()
  for (const test of tests.toSorted((a, b) => a.id - b.id)) {
    const key = placeOf(test.source, test.destination)
    if (test.result !== undefined || last.get(key)?.result === undefined) last.set(key, test)
  }
  return last
}

/** All pairs of both, those of `before` first. */
export function compare(before: readonly TestView[], after: readonly TestView[]): readonly Compared[] {
  const [old, now] = [lastOf(before), lastOf(after)]
  return [...new Set([...old.keys(), ...now.keys()])].map((key) => {
    const [source = '', destination = ''] = key.split('\n')
    return { source, destination, before: old.get(key), after: now.get(key) }
  })
}

/** Less than this much of a change is called none. */
const SAME = 0.05
const [WARN, BAD] = [0.8, 0.6]

/** The difference of a pair as a place of a matrix. */
export function cellOfCompared({ source, destination, before, after }: Compared): Cell {
  const [old, now] = [before?.result?.receivedBps, after?.result?.receivedBps]
  const place = { source, destination, arrow: '', ...(after === undefined ? {} : { test: after.id }) }
  if (old === undefined || now === undefined) {
    const text = old === now ? 'no result' : old === undefined ? 'only now' : 'only before'
    return {
      ...place,
      tone: 'unknown',
      text,
      words: `${text}: ${showBps(old ?? now ?? 0)}`.replace(/^no result: .*/, text),
    }
  }
  const change = old === 0 ? (now === 0 ? 0 : Number.POSITIVE_INFINITY) : now / old - 1
  const rates = `${showBps(old)} before, ${showBps(now)} now`
  if (Math.abs(change) < SAME) return { ...place, tone: 'ok', text: 'same', arrow: '→', words: `the same: ${rates}` }
  const percent = Number.isFinite(change)
    ? `${change > 0 ? '+' : '−'}${Math.round(Math.abs(change) * 100)} %`
    : 'from 0'
  const isCut = before?.result?.isPartial === true || after?.result?.isPartial === true
  // What was stopped before its time says nothing of the way.
  const tone = isCut ? 'unknown' : 1 + change < BAD ? 'error' : 1 + change < WARN ? 'warn' : change > 0 ? 'ok' : 'plain'
  const words = `${Number.isFinite(change) ? `${Math.round(Math.abs(change) * 100)} % ` : ''}${change > 0 ? 'faster' : 'slower'}: ${rates}${isCut ? '; one was stopped before its time' : ''}`
  return { ...place, tone, text: percent, arrow: change > 0 ? '↑' : '↓', words }
}
