import type { Flow, Interval, Rtt, TestResult } from '../model/iperf.ts'
import { confidenceOfMedian, median, nearestTo } from './stats.ts'

/** What one run came to, as it was read from what iperf3 printed. */
export interface SampleResult extends Flow {
  /** Bidirectional: what the destination sent. */
  readonly back?: Flow
  /** As TCP saw it. */
  readonly rtt?: Rtt
  /** A processor of one end was full. */
  readonly isCpuBound: boolean
  readonly intervals: readonly Interval[]
}

/** What a result says beside its samples. */
export type Beside = Partial<Pick<TestResult, 'idle' | 'loaded' | 'baseline' | 'isPartial' | 'retests'>>

/** Of a result; those of a longer test are drawn together. */
export const MAX_INTERVALS = 120

/**
 * The result of some samples: the median of what was received, and else the sample that is next to it. Without samples (pings alone) the rates
 * are 0.
 */
export function combineSamples(samples: readonly SampleResult[], beside: Beside = {}): TestResult {
  const rates = samples.map(({ receivedBps }) => receivedBps)
  const middle = median(rates) ?? 0
  const sample = samples[nearestTo(rates, middle)] ?? { receivedBps: 0, sentBps: 0, isCpuBound: false, intervals: [] }
  const confidenceBps = confidenceOfMedian(rates)
  return {
    ...sample,
    receivedBps: Math.round(middle),
    sentBps: Math.round(sample.sentBps),
    isCpuBound: samples.some(({ isCpuBound }) => isCpuBound),
    intervals: mergeIntervals(sample.intervals, MAX_INTERVALS),
    ...(rates.length > 1 && { samplesBps: rates }),
    ...(confidenceBps !== undefined && { confidenceBps: Math.round(confidenceBps) }),
    retests: 0,
    ...beside,
  }
}

/** At most so many intervals: neighbours become one, its rate their mean, its retransmits their sum. */
export function mergeIntervals(intervals: readonly Interval[], most: number): readonly Interval[] {
  if (intervals.length <= most) return intervals
  if (most < 1) return []
  const size = Math.ceil(intervals.length / most)
  return Array.from({ length: Math.ceil(intervals.length / size) }, (_, at) => {
    const some = intervals.slice(at * size, (at + 1) * size)
    const lost = some.flatMap(({ retransmits }) => retransmits ?? [])
    return {
      atS: some[0]?.atS ?? 0,
      bps: Math.round(some.reduce((sum, { bps }) => sum + bps, 0) / some.length),
      ...(lost.length > 0 && { retransmits: lost.reduce((sum, count) => sum + count, 0) }),
    }
  })
}
