import { closeSync, openSync, readSync } from 'node:fs'
import { until } from '#testing/skein-hosts.ts'

/** What hosts say in their logs, with the moment at which this process read it. */
export interface Sights {
  /** Reads a file and what is added to it; `told` makes of a line what it tells, or undefined. */
  follow(host: string, file: string, told: (line: string) => string | undefined): void
  note(host: string, what: string): void
  /** When every one of these hosts has told `what` for the first time since `fromMs`; the last of them counts. Milliseconds of `performance.now()`. */
  all(what: string, hosts: readonly string[], fromMs: number, limitMs: number): Promise<number>
  stop(): void
}

interface Sight {
  readonly host: string
  readonly what: string
  readonly atMs: number
}

/** How exact the times are. tail(1) would look once a second: changes in another mount namespace are not told to it. */
const READ_EVERY_MS = 10

/** Reads all files in one process, so that both systems are seen alike. */
export const createSights = (): Sights => {
  const sights: Sight[] = []
  const stops: (() => void)[] = []
  const note: Sights['note'] = (host, what) => void sights.push({ host, what, atMs: performance.now() })
  const first = (host: string, what: string, fromMs: number): number | undefined =>
    sights.find((one) => one.host === host && one.what === what && one.atMs >= fromMs)?.atMs
  return {
    note,
    follow: (host, file, told) => {
      const read = lineReader(file, (line) => {
        const what = told(line)
        if (what !== undefined) note(host, what)
      })
      const timer = setInterval(read.more, READ_EVERY_MS)
      stops.push(() => {
        clearInterval(timer)
        read.close()
      })
    },
    all: (what, hosts, fromMs, limitMs) =>
      until(`${hosts.join(', ')} tell: ${what}`, limitMs, async () => {
        const times = hosts.map((host) => first(host, what, fromMs))
        return times.every((time) => time !== undefined) && Math.max(...times)
      }),
    stop: () => {
      for (const stop of stops) stop()
    },
  }
}

/** `more` reads what was added since the last time. */
const lineReader = (file: string, onLine: (line: string) => void): { more(): void; close(): void } => {
  const fd = openSync(file, 'r')
  const buffer = Buffer.alloc(64 * 1024)
  let text = ''
  return {
    more: () => {
      for (let bytes = readSync(fd, buffer); bytes > 0; bytes = readSync(fd, buffer)) {
        const lines = (text + buffer.toString('utf8', 0, bytes)).split('\n')
        text = lines.pop() ?? ''
        for (const line of lines) onLine(line)
      }
    },
    close: () => closeSync(fd),
  }
}
