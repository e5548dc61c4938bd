import { setTimeout as pause } from 'node:timers/promises'
import { until } from '#testing/skein-hosts.ts'
import type { Testbed } from '#testing/testbed.ts'

/** Between two pings. */
const EVERY_MS = 10
/** Traffic counts as back when it has flowed this long without a gap. */
const STEADY_MS = 500
/** A busy machine sends some pings late. */
const GAP_MS = 100

/** Pings under way from one network namespace to an address. */
export interface Traffic {
  /** Waits until traffic flowed at `afterMs` or later (Unix time) and has not stopped since. */
  backAfter(afterMs: number, limitMs: number): Promise<void>
  /** Ends the pings; milliseconds between one answer and the next at most, and pings without an answer. */
  stop(): Promise<{ readonly longestMs: number; readonly lost: number; readonly answersMs: readonly number[] }>
}

/** Pings every 10 ms from the namespace of a process on `host`, as ping(8) with `-D` tells them. */
export const startTraffic = async (
  bed: Testbed,
  host: string,
  [pid, address]: readonly [string, string],
): Promise<Traffic> => {
  const file = `/run/recover-${Math.round(performance.now() * 1000)}`
  const argv = ['nsenter', '-t', pid, '-n', 'ping', '-n', '-D', '-i', String(EVERY_MS / 1000), address]
  const ping = await bed.spawn(host, ['sh', '-c', `exec "$@" >${file} 2>&1`, 'sh', ...argv])
  const answers = async (): Promise<readonly (readonly [ms: number, sequence: number])[]> => {
    const { stdout } = await bed.run(host, ['cat', file])
    return [...stdout.matchAll(/^\[(\d+\.\d+)\] \d+ bytes .*icmp_seq=(\d+) /gm)].map((found) => [
      Number(found[1]) * 1000,
      Number(found[2]),
    ])
  }
  await until(`${address} is reached from ${host}`, 30_000, async () => (await answers()).length > STEADY_MS / EVERY_MS)
  return {
    backAfter: async (afterMs, limitMs) =>
      void (await until(`${address} is reached again from ${host}`, limitMs, async () => {
        const times = (await answers()).map(([ms]) => ms).filter((ms) => ms > afterMs)
        const last = times.at(-1) ?? 0
        const from = times.findLastIndex((ms, at) => ms - (times[at - 1] ?? 0) > GAP_MS)
        return last - (times[from] ?? last) >= STEADY_MS
      })),
    stop: async () => {
      await bed.run(host, ['kill', '-INT', String(ping)])
      await pause(50)
      const all = await answers()
      await bed.run(host, ['rm', '-f', file])
      const answersMs = all.map(([ms]) => ms)
      const gaps = answersMs.slice(1).map((ms, at) => ms - (answersMs[at] ?? ms))
      const sent = (all.at(-1)?.[1] ?? 0) - (all[0]?.[1] ?? 0) + 1
      return { longestMs: Math.max(0, ...gaps), lost: sent - all.length, answersMs }
    },
  }
}
