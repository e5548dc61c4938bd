import { readdir, readFile, readlink } from 'node:fs/promises'
import type { Testbed } from '#testing/testbed.ts'

/** One of the two systems whose detection is compared. Times are milliseconds of `performance.now()`. */
export interface Detecting {
  readonly name: string
  /** Every agent runs and calls every other one alive. */
  isWhole(): Promise<boolean>
  /** Process ids of its agent on a host, as seen from outside. */
  pids(host: string): Promise<readonly number[]>
  /** After a kill. */
  start(host: string): Promise<void>
  /** When the last of `by` has called `host` down since `fromMs`. */
  knownDown(host: string, by: readonly string[], fromMs: number): Promise<number>
  /** Makes one event at `from`; milliseconds until all hosts have it. */
  event(from: string): Promise<number>
}

/** How long a system may take before the bench gives up. */
export const LIMIT_MS = 60_000

/** Process ids, as seen from outside, of what runs in a host under a command line that holds `text`. */
export const pidsOf = async (bed: Testbed, host: string, text: string): Promise<readonly number[]> => {
  const space = await readlink(`/proc/${await bed.pid(host)}/ns/pid`)
  const found = await Promise.all((await readdir('/proc')).map((pid) => isOne(pid, space, text)))
  return found.filter((pid) => pid !== undefined)
}

const isOne = async (pid: string, space: string, text: string): Promise<number | undefined> => {
  if (!/^\d+$/.test(pid)) return undefined
  try {
    if ((await readlink(`/proc/${pid}/ns/pid`)) !== space) return undefined
    const line = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
    return line.includes(text) ? Number(pid) : undefined
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}

/** Sends a signal from outside, where that costs nothing; answers the moment before. */
export const signal = (pids: readonly number[], name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): number => {
  if (pids.length === 0) throw new Error(`nothing runs that could get ${name}`)
  const atMs = performance.now()
  for (const pid of pids) process.kill(pid, name)
  return atMs
}
