import type { Interval, TestParams } from '#core/model/iperf.ts'

const LINE =
  /^\[\s*(?<stream>SUM|\d+)\](?:\[(?<way>[RT]X)-S\])?\s+(?<from>\d+\.\d+)-\d+\.\d+\s+sec\s+\S+ \S+\s+(?<rate>\d[\d.]*) (?<unit>[KMGT]?)bits\/sec(?!.*(?:sender|receiver))/
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }

/**
 * Reads lines of `iperf3 -s`, one after the other: what each interval came to, of all streams, of what the destination receives where both
 * send; undefined while an interval is not whole. Until 3.17 iperf3 prints JSON at the end alone; its text comes while it runs, but for
 * the sum of several streams, which it holds back until the next interval.
 */
export function createIntervals({ parallel }: Pick<TestParams, 'parallel'>): (line: string) => Interval | undefined {
  let streams = 0
  let sumBps = 0
  return (line) => {
    const { stream, way, from, rate, unit } = LINE.exec(line)?.groups ?? {}
    if (way === 'TX') return undefined
    if (stream === undefined || stream === 'SUM') {
      streams = 0
      return undefined
    }
    const bps = Number(rate) * (UNITS[unit ?? ''] ?? 0)
    sumBps = streams === 0 ? bps : sumBps + bps
    streams += 1
    if (streams < parallel) return undefined
    streams = 0
    return { atS: Number(from), bps: sumBps }
  }
}
