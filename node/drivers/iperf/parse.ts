import type { SampleResult } from '#core/iperf/combine.ts'
import type { Flow, Interval, Rtt } from '#core/model/iperf.ts'
import { Report, type Sum } from './shape.ts'
import { has, parseVersion } from './version.ts'

/** What a run came to; `raw` is all that was printed. */
export type Parsed =
  | { readonly type: 'sample'; readonly sample: SampleResult; readonly isPartial: boolean; readonly raw: unknown }
  | { readonly type: 'failed'; readonly message: string }

/** A processor is full from here on, in percent of its time. */
const FULL_PERCENT = 95
/** What is left over at the end of a test is no interval, in seconds. */
const SHORTEST_INTERVAL_S = 0.1

/** Reads what `iperf3 -c … -J` printed. That it failed stands in there alone: versions up to 3.12 end with 0 all the same. */
export const parseIperf = (text: string): Parsed => {
  try {
    return decodeIperf(JSON.parse(text))
  } catch {
    const line = text.trim().replaceAll(/\s+/g, ' ')
    return failed(line === '' ? 'iperf3 printed nothing' : `iperf3 did not print JSON but: ${line.slice(0, 120)}`)
  }
}

/** The same of what is parsed already. */
export const decodeIperf = (raw: unknown): Parsed => {
  const decoded = Report.safeParse(raw)
  if (!decoded.success) {
    const issue = decoded.error.issues[0]
    return failed(`iperf3 printed JSON of an unknown shape (${issue?.path.join('.')}: ${issue?.message})`)
  }
  const report = decoded.data
  const error = typeof report.error === 'string' && report.error !== '' ? report.error : undefined
  const isPartial = error?.startsWith('interrupt') ?? false
  if (error !== undefined && !isPartial) return failed(`iperf3: ${error}`)
  const sample = sampleOf(report, isPartial)
  if (sample !== undefined) return { type: 'sample', sample, isPartial, raw }
  return failed(isPartial ? 'iperf3 was stopped before it measured anything' : 'iperf3 printed no sums')
}

const failed = (message: string): Parsed => ({ type: 'failed', message })

const sampleOf = (report: Report, isPartial: boolean): SampleResult | undefined => {
  const end = report.end ?? {}
  const isUdp = report.start?.test_start?.protocol === 'UDP'
  const flow = flowOf({ all: end.sum, sent: end.sum_sent, received: end.sum_received, isUdp, isPartial })
  const back = flowOf({
    all: end.sum_bidir_reverse,
    sent: end.sum_sent_bidir_reverse,
    received: end.sum_received_bidir_reverse,
    isUdp,
    isPartial,
  })
  if (flow === undefined) return undefined
  const rtt = rttOf(report)
  return {
    ...flow,
    ...(back === undefined ? {} : { back }),
    ...(rtt === undefined ? {} : { rtt }),
    isCpuBound: isCpuBound(report),
    intervals: intervalsOf(report),
  }
}

interface Sums {
  /** UDP: of the sender, with what the receiver missed. */
  readonly all: Sum | null | undefined
  readonly sent: Sum | null | undefined
  readonly received: Sum | null | undefined
  readonly isUdp: boolean
  readonly isPartial: boolean
}

const flowOf = ({ all, sent, received, isUdp, isPartial }: Sums): Flow | undefined => {
  const lossRatio = isUdp ? lossOf(received ?? all) : undefined
  const sentBps = positive((sent ?? all)?.bits_per_second)
  const receivedBps = positive(received?.bits_per_second) ?? lessLost(sentBps, isUdp && received == null, lossRatio)
  if (isPartial && !hasBytes(sent) && !hasBytes(received) && !hasBytes(all)) return undefined
  // Of one that was stopped each end knows its own half alone.
  const known = isPartial
    ? { receivedBps: receivedBps || sentBps, sentBps: sentBps || receivedBps }
    : { receivedBps, sentBps }
  if (known.receivedBps === undefined) return undefined
  const retransmits = isUdp ? undefined : positive(sent?.retransmits)
  const isCounted = isUdp && !(isPartial && !hasBytes(received))
  const jitterMs = isCounted ? positive((received ?? all)?.jitter_ms) : undefined
  return {
    receivedBps: known.receivedBps,
    sentBps: known.sentBps ?? known.receivedBps,
    ...(retransmits === undefined ? {} : { retransmits }),
    ...(jitterMs === undefined ? {} : { jitterMs }),
    ...(isCounted && lossRatio !== undefined ? { lossRatio } : {}),
  }
}

const hasBytes = (sum: Sum | null | undefined): boolean => (sum?.bytes ?? 0) > 0

const positive = (value: number | null | undefined): number | undefined =>
  value === null || value === undefined || value < 0 ? undefined : value

/** Versions that do not tell what was received tell what was sent, and lost. */
const lessLost = (sentBps: number | undefined, isTold: boolean, lossRatio = 0): number | undefined =>
  isTold && sentBps !== undefined ? sentBps * (1 - lossRatio) : undefined

const lossOf = (sum: Sum | null | undefined): number | undefined => {
  const packets = positive(sum?.packets)
  if (packets === undefined || packets === 0) return undefined
  return Math.min(1, (positive(sum?.lost_packets) ?? 0) / packets)
}

/** Of the streams this end sent: the other end's kernel is not asked. iperf3 counts in microseconds. */
const rttOf = (report: Report): Rtt | undefined => {
  const senders = (report.end?.streams ?? []).flatMap(({ sender }) => {
    const [min, mean, max] = [positive(sender?.min_rtt), positive(sender?.mean_rtt), positive(sender?.max_rtt)]
    if (sender?.sender === false || min === undefined || mean === undefined || max === undefined || max === 0) return []
    return [{ min, mean, max }]
  })
  if (senders.length === 0) return undefined
  const ms = (microseconds: number): number => microseconds / 1000
  return {
    minMs: ms(Math.min(...senders.map(({ min }) => min))),
    meanMs: ms(senders.reduce((sum, { mean }) => sum + mean, 0) / senders.length),
    maxMs: ms(Math.max(...senders.map(({ max }) => max))),
  }
}

/** iperf3 tells the time of its process: one thread for all streams, from 3.16 on one for each. */
const isCpuBound = (report: Report): boolean => {
  const version = parseVersion(report.start?.version ?? '')
  const threads =
    version !== undefined && has(version, 'threads') ? Math.max(1, report.start?.connected?.length ?? 1) : 1
  const used = report.end?.cpu_utilization_percent
  return Math.max(used?.host_total ?? 0, used?.remote_total ?? 0) >= FULL_PERCENT * threads
}

const intervalsOf = (report: Report): readonly Interval[] =>
  (report.intervals ?? []).flatMap(({ sum }) => {
    const [atS, bps] = [positive(sum?.start), positive(sum?.bits_per_second)]
    if (atS === undefined || bps === undefined || sum?.omitted === true) return []
    if ((sum?.seconds ?? 0) < SHORTEST_INTERVAL_S) return []
    const retransmits = positive(sum?.retransmits)
    return [{ atS, bps, ...(retransmits === undefined ? {} : { retransmits }) }]
  })
