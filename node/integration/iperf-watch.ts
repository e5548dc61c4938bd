import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Testbed } from '#testing/testbed.ts'

/** One iperf3 process, as this machine saw it. Times are of `performance.now()`. */
export interface Seen {
  readonly host: string
  readonly pid: number
  readonly role: 'server' | 'client'
  readonly firstMs: number
  readonly lastMs: number
}

const EVERY_MS = 40

/** Looks at the processes of all hosts of a testbed from outside, many times a second: what the product says of itself is not asked. */
export class IperfWatch {
  readonly #bed: Testbed
  readonly #seen = new Map<number, Seen>()
  /** Process namespaces of hosts, by the link proc(5) tells. */
  #hosts = new Map<string, string>()
  #timer: NodeJS.Timeout | undefined
  /** The most processes of iperf3 that one host had at once. */
  readonly most = new Map<string, number>()

  constructor(bed: Testbed) {
    this.#bed = bed
  }

  /** To be called again after a host was booted. */
  async start(): Promise<void> {
    this.stop()
    const pairs = this.#bed.hosts.map(async (host) => [spaceOf(await this.#bed.pid(host)), host] as const)
    this.#hosts = new Map(
      (await Promise.allSettled(pairs)).flatMap((pair) => (pair.status === 'fulfilled' ? [pair.value] : [])),
    )
    this.#timer = setInterval(() => this.look(), EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  clear(): void {
    this.#seen.clear()
    this.most.clear()
  }

  /** Those that run now, by host. */
  look(): readonly Seen[] {
    const nowMs = performance.now()
    const now = processes().flatMap(({ pid, args }) => {
      const host = this.#hosts.get(spaceOf(pid))
      // Others only ask for its version.
      const role = args.includes('-s') ? 'server' : args.includes('-c') ? 'client' : undefined
      if (host === undefined || role === undefined) return []
      const seen: Seen = { host, pid, role, firstMs: this.#seen.get(pid)?.firstMs ?? nowMs, lastMs: nowMs }
      this.#seen.set(pid, seen)
      return [seen]
    })
    for (const host of this.#bed.hosts) {
      const count = now.filter((one) => one.host === host).length
      if (count > (this.most.get(host) ?? 0)) this.most.set(host, count)
    }
    return now
  }

  all(): readonly Seen[] {
    return [...this.#seen.values()]
  }
}

/** Empty where the process is gone. */
const spaceOf = (pid: number): string => {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return ''
  }
}

/** Of iperf3 itself: not of what waits for it. */
const processes = (): readonly { readonly pid: number; readonly args: readonly string[] }[] =>
  readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      if (readFileSync(`/proc/${name}/comm`, 'utf8').trim() !== 'iperf3') return []
      return [{ pid: Number(name), args: readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0') }]
    } catch {
      return []
    }
  })
