import { type SkeinHosts, skeinHosts } from '#testing/skein-hosts.ts'
import { testbed } from '#testing/testbed.ts'

/** Runs `body` with a mesh of its own over `count` simulated hosts, and removes them whatever happens. */
export const withMesh = async (count: number, body: (hosts: SkeinHosts) => Promise<void>): Promise<void> => {
  const bed = testbed({ prefix: 'b', hosts: count, net: '10.83' })
  const hosts = skeinHosts(bed)
  await bed.down()
  try {
    await bed.up()
    await hosts.loadImages()
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

/** A value of a command line like `--rounds 5`, or the default. */
export const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`)
  const value = at < 0 ? fallback : Number(process.argv[at + 1])
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1 on`)
  return value
}
