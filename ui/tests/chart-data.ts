import type { ExerciseView, LiveTest, TestView } from '#agent/port-iperf.ts'
import { showBps } from '#core/iperf/rate-text.ts'
import { clockText, count } from '../time-text.ts'

/** One thing that is drawn. `x`: seconds, of the test or of the day (since 1970). */
export interface Series {
  readonly name: string
  /** Rates at the left; numbers of things at the right, as bars. */
  readonly type: 'rate' | 'points' | 'many'
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

/** Columns as uPlot wants them: all x in order, and what each series has there, null where it has nothing. */
export function columnsOf(all: readonly Series[]): readonly (readonly (number | null)[])[] {
  const xs = [...new Set(all.flatMap(({ points }) => points.map(({ x }) => x)))].toSorted((a, b) => a - b)
  return [
    xs,
    ...all.map(({ points }) => {
      const at = new Map(points.map(({ x, y }) => [x, y]))
      return xs.map((x) => at.get(x) ?? null)
    }),
  ]
}

/** How a test went, second by second. */
export function seriesOfTest({ result }: Pick<TestView, 'result'>, name = 'received'): readonly Series[] {
  const intervals = result?.intervals ?? []
  const rate: Series = { name, type: 'rate', points: intervals.map(({ atS, bps }) => ({ x: atS, y: bps })) }
  const lost = intervals.flatMap(({ atS, retransmits }) =>
    retransmits === undefined ? [] : [{ x: atS, y: retransmits }],
  )
  return lost.some(({ y }) => y > 0) ? [rate, { name: 'retransmits', type: 'many', points: lost }] : [rate]
}

/** Tests that run, second by second, each by its pair. */
export const seriesOfLive = (live: readonly LiveTest[]): readonly Series[] =>
  live.map(({ source, destination, intervals }) => ({
    name: `${source} → ${destination}`,
    type: 'rate',
    points: intervals.map(({ atS, bps }) => ({ x: Math.round(atS), y: bps })),
  }))

/** What came of the tests of an exercise, as they ended; those of one moment stand beside each other. */
export function seriesOfExercise({ all }: Pick<ExerciseView, 'all'>): readonly Series[] {
  const ended = all
    .flatMap(({ result, client: { endedAtMs } }) =>
      result === undefined || endedAtMs === undefined ? [] : [{ atMs: endedAtMs, y: result.receivedBps }],
    )
    .toSorted((a, b) => a.atMs - b.atMs)
  let lastMs = Number.NEGATIVE_INFINITY
  const points = ended.map(({ atMs, y }) => {
    lastMs = Math.max(atMs, lastMs + 1)
    return { x: lastMs / 1000, y }
  })
  return [{ name: 'received', type: 'points', points }]
}

/** What a chart shows, for who does not see it. */
export function chartWords(all: readonly Series[], x: 'test' | 'day'): string {
  const told = all.flatMap(({ name, type, points }) => {
    if (points.length === 0) return [`${name}: nothing yet`]
    const values = points.map(({ y }) => y)
    const show = (value: number): string => (type === 'many' ? String(value) : showBps(value))
    if (type === 'many') return [`${name}: ${values.reduce((sum, value) => sum + value, 0)} in all`]
    return [
      `${name}: ${count(points.length, 'value')}, least ${show(Math.min(...values))}, most ${show(Math.max(...values))}`,
    ]
  })
  return told.join('; ') + (x === 'day' ? ', by the time they ended' : ', second by second')
}

/** What the chart says at one place: `3 s · received 940 Mbit/s`. */
export function readAt(all: readonly Series[], index: number, x: 'test' | 'day'): string {
  const [xs = [], ...columns] = columnsOf(all)
  const at = xs[index]
  if (at === undefined || at === null) return ''
  const values = columns.flatMap((column, one) => {
    const value = column[index]
    const series = all[one]
    if (value === undefined || value === null || series === undefined) return []
    return [`${series.name} ${series.type === 'many' ? value : showBps(value)}`]
  })
  return [x === 'day' ? clockText(at * 1000) : `${at} s`, ...values].join(' · ')
}
