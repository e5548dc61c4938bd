import type { Interval, TestParams } from '#core/model/iperf.ts'

const LINE =
  /^\[\s*(?<stream>SUM|\d+)\](?:\[(?<way>[RT]X)-S\])?\s+(?<from>\d+\.\d+)-\d+\.\d+\s+sec\s+\S+ \S+\s+(?<rate>\d[\d.]*) (?<unit>[KMGT]?)bits\/sec(?!.*(?:sender|receiver))/
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 }

/**
 * What a line of `iperf3 -s` says of one interval: of all streams, of what the destination receives where both send. Undefined for any
 * other line. Until 3.17 iperf3 prints JSON at the end alone; its text comes while it runs.
 */
export function intervalIn(line: string, { parallel }: Pick<TestParams, 'parallel'>): Interval | undefined {
  const { stream, way, from, rate, unit } = LINE.exec(line)?.groups ?? {}
  if (way === 'TX' || (stream === 'SUM') !== parallel > 1) return undefined
  const [atS, bps] = [Number(from), Number(rate) * (UNITS[unit ?? ''] ?? Number.NaN)]
  return Number.isFinite(atS) && Number.isFinite(bps) ? { atS, bps } : undefined
}
