import type { Flow, Interval, Rtt } from '#core/model/iperf.ts'

/** What one run of iperf3 came to. */
export interface SampleResult extends Flow {
  /** Bidirectional: what the destination sent. */
  readonly back?: Flow
  /** As TCP saw it. */
  readonly rtt?: Rtt
  /** A processor of one end was full. */
  readonly isCpuBound: boolean
  readonly intervals: readonly Interval[]
}
