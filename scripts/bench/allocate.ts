import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ETCD, etcdCluster } from './allocate-etcd.ts'
import { type Cluster, type Giver, inTurn, type Load } from './allocate-load.ts'
import { type SkeinCluster, skeinCluster } from './allocate-skein.ts'
import { median, option, quantile } from './support.ts'

/**
 * Unique numbers given out by three agents and by a three-member etcd, on this machine, in the same run, in turn; and how long until the
 * next one after the leader was killed.
 *   node scripts/bench/allocate.ts [--seconds 5] [--failovers 5]
 */
const seconds = option('seconds', 5)
const failovers = option('failovers', 5)
const MEMBERS = 3
/** Before the first row: agents run for months, and so does their compiled code. */
const WARM_UP_MS = 5_000
const CALLERS = [1, 16, 64, 256]

interface Row {
  readonly rate: number
  readonly p50: number
  readonly p99: number
}

const spread = (callers: number): readonly number[] =>
  Array.from({ length: MEMBERS }, (_, i) => Math.floor(callers / MEMBERS) + (i < callers % MEMBERS ? 1 : 0))

/** One caller is at each member for a third of the time; more are spread over all. */
const runAt = async (cluster: Giver, callers: number, ms: number): Promise<Load> => {
  if (callers > 1) return cluster.load(spread(callers), ms)
  const loads: Load[] = []
  for (let at = 0; at < MEMBERS; at++)
    loads.push(
      await cluster.load(
        Array.from({ length: MEMBERS }, (_, i) => (i === at ? 1 : 0)),
        ms / MEMBERS,
      ),
    )
  return inTurn(loads)
}

const given = new Map<string, Set<number>>()

const noteAll = (name: string, values: readonly number[]): void => {
  const seen = given.get(name) ?? new Set()
  given.set(name, seen)
  for (const value of values) {
    if (seen.has(value) || !Number.isInteger(value)) throw new Error(`${name} gave ${value} twice`)
    seen.add(value)
  }
}

/** `system`: whose numbers they are, whichever way they were asked for. */
const measure = async (giver: Giver, callers: number, system: string): Promise<Row> => {
  noteAll(system, (await runAt(giver, callers, 1_000)).values)
  const load = await runAt(giver, callers, seconds * 1_000)
  noteAll(system, load.values)
  const sorted = load.latenciesMs.toSorted((a, b) => a - b)
  return {
    rate: load.values.length / (load.elapsedMs / 1_000),
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
  }
}

const versionOfEtcd = async (): Promise<string> => {
  try {
    const { stdout } = await promisify(execFile)(ETCD, ['--version'])
    return /etcd Version: (\S+)/.exec(stdout)?.[1] ?? 'unknown'
  } catch (cause) {
    throw new Error('etcd is not installed: apt-get install etcd-server', { cause })
  }
}

const cell = (value: number | string, width = 9): string => String(value).padStart(width)
const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 1)

const cells = ({ rate, p50, p99 }: Row): readonly string[] => [rate.toFixed(0), ms(p50), ms(p99)]
const NUMBERS = ['/s', 'p50 ms', 'p99 ms']

const printLoads = async (ours: SkeinCluster, theirs: Cluster): Promise<void> => {
  for (const cluster of [ours, theirs]) noteAll(cluster.name, (await runAt(cluster, 256, WARM_UP_MS)).values)
  const heads = ['callers', ...['skein', 'etcd'].flatMap((name) => [name + NUMBERS[0], ...NUMBERS.slice(1)])]
  console.log(
    [...heads, 'rate ×', 'p99 ×', `HTTP${NUMBERS[0]}`, ...NUMBERS.slice(1)].map((text) => cell(text)).join(''),
  )
  for (const callers of CALLERS) {
    const etcd = await measure(theirs, callers, theirs.name)
    const skein = await measure(ours, callers, ours.name)
    const http = await measure(ours.overHttp, callers, ours.name)
    const ratios = [skein.rate / etcd.rate, skein.p99 / etcd.p99].map((ratio) => ratio.toFixed(2))
    const row = [callers, ...cells(skein), ...cells(etcd), ...ratios, ...cells(http)]
    console.log(row.map((text) => cell(text)).join(''))
  }
  for (const [name, values] of given) console.log(`${name}: ${values.size} numbers given, each once`)
}

const printFailovers = async (ours: Cluster, theirs: Cluster): Promise<void> => {
  const took = new Map<Cluster, number[]>([
    [ours, []],
    [theirs, []],
  ])
  for (let round = 0; round < failovers; round++) for (const [cluster, all] of took) all.push(await cluster.failover())
  for (const [{ name }, all] of took)
    console.log(
      `${name.padEnd(6)} kill -9 of the leader to next success, ms: ${all.map((one) => one.toFixed(0)).join(' ')}  median ${median(all).toFixed(0)}`,
    )
}

console.log(
  `etcd ${await versionOfEtcd()}: three members, its defaults; skein: three agents; each in a folder of ${tmpdir()}, on loopback`,
)
console.log(
  'callers of skein are inside the agents, as those of the API are; of etcd, and of skein by HTTP, in this process:',
)
console.log(
  'one gRPC connection to each member; the sockets of the agents. They share the processors with the members.',
)
console.log(
  `${seconds} s each after 1 s, and before the first row ${WARM_UP_MS / 1_000} s with 256; callers evenly spread, a single one at each member in turn`,
)
const folder = await mkdtemp(join(tmpdir(), 'skein-bench-'))
const clusters: Cluster[] = []
try {
  const theirs = await etcdCluster(folder)
  clusters.push(theirs)
  const ours = await skeinCluster(folder)
  clusters.push(ours)
  await printLoads(ours, theirs)
  await printFailovers(ours, theirs)
} finally {
  await Promise.all(clusters.map((cluster) => cluster.stop()))
  await rm(folder, { recursive: true, force: true })
}
