import { existsSync, readFileSync } from 'node:fs'

/** How long the first thread of this process was ready and had no processor. */
const SCHEDSTAT = '/proc/self/schedstat'

/** Empty where the kernel keeps no account. */
export const readSchedstat = (): string => (existsSync(SCHEDSTAT) ? readFileSync(SCHEDSTAT, 'utf8') : '')

/** Says how much of its time this process waits for a processor. */
export class ProcessorWait {
  readonly #read: () => string
  #last: { readonly waitedMs: number; readonly atMs: number } | undefined

  /** `read`: the text of /proc/self/schedstat. */
  constructor(read: () => string = readSchedstat) {
    this.#read = read
  }

  /** The share of the time since the last call, 0 to 1; 0 at the first one, and where the kernel does not say. */
  share(nowMs: number): number {
    const waitedMs = waitedMsOf(this.#read())
    const last = this.#last
    this.#last = { waitedMs, atMs: nowMs }
    if (last === undefined || nowMs <= last.atMs) return 0
    return Math.min(1, Math.max(0, waitedMs - last.waitedMs) / (nowMs - last.atMs))
  }
}

/** The second number, nanoseconds: kernel documentation scheduler/sched-stats. */
const waitedMsOf = (text: string): number => {
  const waitedNs = Number(text.split(' ')[1])
  return Number.isFinite(waitedNs) ? waitedNs / 1e6 : 0
}
