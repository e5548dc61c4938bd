import type { Rtt } from '#core/model/iperf.ts'

/** What ping(8) sums up in the end; no `rtt` where nothing came back. */
export interface PingSums {
  readonly rtt?: Rtt
  /** 0 to 1. */
  readonly lossRatio: number
}

/** The last lines of ping of iputils or busybox; undefined where they are not there, or it sent nothing. */
export const parsePing = (text: string): PingSums | undefined => {
  const counts = /(\d+) packets transmitted, (\d+) (?:packets )?received/.exec(text)
  const sent = Number(counts?.[1] ?? 0)
  if (counts === null || sent === 0) return undefined
  // Duplicates count as received.
  const lossRatio = Math.min(1, Math.max(0, 1 - Number(counts[2]) / sent))
  const times = /= ([\d.]+)\/([\d.]+)\/([\d.]+)(?:\/[\d.]+)? ms/.exec(text)
  if (times === null) return { lossRatio }
  const [minMs, meanMs, maxMs] = times.slice(1).map(Number) as [number, number, number]
  return { rtt: { minMs, meanMs, maxMs }, lossRatio }
}
