import { readFileSync } from 'node:fs'
import { type SkeinHosts, skeinHosts } from '#testing/skein-hosts.ts'
import { testbed } from '#testing/testbed.ts'

/** Two at once on one machine need other names: `BENCH_PREFIX` of hosts, `BENCH_NET` of their addresses. */
export const { BENCH_PREFIX: prefix = 'b', BENCH_NET: net = '10.83' } = process.env

/** Runs `body` with a mesh of its own over `count` simulated hosts, and removes them whatever happens. `prepare` comes before the mesh is made. */
export const withMesh = async (
  count: number,
  body: (hosts: SkeinHosts) => Promise<void>,
  prepare: (hosts: SkeinHosts) => Promise<void> = async () => {},
): Promise<void> => {
  const bed = testbed({ prefix, hosts: count, net })
  const hosts = skeinHosts(bed)
  await bed.down()
  try {
    await bed.up()
    await hosts.loadImages()
    await prepare(hosts)
    await hosts.makeMesh()
    await body(hosts)
  } finally {
    await bed.down()
  }
}

/** The middle one. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** The value that `share` of the sorted values do not exceed. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

/** Seconds a piece of work takes. */
export const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const startMs = performance.now()
  await work()
  return (performance.now() - startMs) / 1000
}

/** Seconds that all processors of this machine together were not idle since it started: proc(5), `/proc/stat`, in hundredths. */
const busySeconds = (): number => {
  const [, ...ticks] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.split(/\s+/).map(Number) ?? []
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = ticks
  return (user + nice + system + irq + softirq) / 100
}

/** Seconds a piece of work takes, and how long all processors of the machine together were busy meanwhile, whoever used them. */
export interface Spent {
  readonly wallS: number
  readonly busyS: number
}

export const spent = async (work: () => Promise<unknown>): Promise<Spent> => {
  const beganS = busySeconds()
  const wallS = await seconds(work)
  return { wallS, busyS: busySeconds() - beganS }
}

/** A value of a command line like `--rounds 5`, or the default. */
export const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`)
  const value = at < 0 ? fallback : Number(process.argv[at + 1])
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1 on`)
  return value
}

/** Several of them, as in `--nodes 20,50`, or the default. */
export const options = (name: string, fallback: readonly number[]): readonly number[] => {
  const at = process.argv.indexOf(`--${name}`)
  const values = at < 0 ? fallback : (process.argv[at + 1] ?? '').split(',').map(Number)
  if (values.every((value) => Number.isInteger(value) && value >= 1)) return values
  throw new Error(`--${name} takes whole numbers from 1 on, with commas between`)
}
