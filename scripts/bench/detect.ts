import { cpus } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { testbed } from '#testing/testbed.ts'
import { serfOn, serfVersion } from './detect-serf.ts'
import { createSights } from './detect-sights.ts'
import { skeinOn } from './detect-skein.ts'
import { type Detecting, LIMIT_MS, signal } from './detect-system.ts'
import { median, option, quantile } from './support.ts'

/**
 * Time until all hosts know of a killed agent and of a silent host, and until one event has reached all, beside Serf with its default
 * LAN profile: five hosts with an agent of each, in the same run.
 *   node scripts/bench/detect.ts [--rounds 5] [--events 200] [--hosts 5]
 */
const rounds = option('rounds', 5)
const eventCount = option('events', 200)
const hostCount = option('hosts', 5)

/** Shares of Serf's median, and of its 99th percentile, that are aimed at. */
const AIMS = { killed: 0.3, silent: 0.5, event: 0.2 } as const
/** Every system hears every host again for so long before the next round, and a random moment more: probes have no fixed phase then. */
const SETTLED_MS = 4_000
/** Between two events; Serf sends several at once where they come closer. */
const EVENT_EVERY_MS = 400

type Row = keyof typeof AIMS
type Times = Record<Row, number[]>

const settled = async (systems: readonly Detecting[]): Promise<void> => {
  for (const system of systems) await until(`${system.name} is whole`, LIMIT_MS, () => system.isWhole())
  await pause(SETTLED_MS + Math.random() * 2_000)
}

const bed = testbed({ prefix: 'o', hosts: hostCount, net: '10.74' })
const hosts = skeinHosts(bed)
const sights = createSights()
const others = (host: string): readonly string[] => bed.hosts.filter((other) => other !== host)
const took = new Map<Detecting, Times>()

const killRound = async (system: Detecting, victim: string): Promise<number> => {
  const fromMs = signal(await system.pids(victim), 'SIGKILL')
  const ms = (await system.knownDown(victim, others(victim), fromMs)) - fromMs
  await system.start(victim)
  return ms
}

/** Both agents of a host are stopped at the same moment: nothing closes, and nothing answers any more. */
const silentRound = async (systems: readonly Detecting[], victim: string): Promise<readonly number[]> => {
  const pids = (await Promise.all(systems.map((system) => system.pids(victim)))).flat()
  const fromMs = signal(pids, 'SIGSTOP')
  try {
    const times = await Promise.all(systems.map((system) => system.knownDown(victim, others(victim), fromMs)))
    return times.map((atMs) => atMs - fromMs)
  } finally {
    signal(pids, 'SIGCONT')
  }
}

const run = async (systems: readonly Detecting[]): Promise<void> => {
  const timesOf = (system: Detecting): Times => took.get(system) ?? { killed: [], silent: [], event: [] }
  for (const system of systems) took.set(system, timesOf(system))
  for (let round = 0; round < rounds; round++) {
    const victim = bed.hosts[(round + 1) % bed.hosts.length] ?? ''
    for (const system of systems) {
      await settled(systems)
      timesOf(system).killed.push(await killRound(system, victim))
    }
    await settled(systems)
    const silent = await silentRound(systems, victim)
    for (const [at, system] of systems.entries()) timesOf(system).silent.push(silent[at] ?? Number.NaN)
    const last = systems.map(
      (system) =>
        `${system.name} ${[...timesOf(system).killed.slice(-1), ...timesOf(system).silent.slice(-1)].map(Math.round).join(' and ')} ms`,
    )
    process.stderr.write(`round ${round + 1} of ${rounds}, killed and silent: ${last.join(', ')}\n`)
  }
  await settled(systems)
  for (let count = 0; count < eventCount; count++)
    for (const system of systems) {
      timesOf(system).event.push(await system.event(bed.hosts[count % bed.hosts.length] ?? ''))
      await pause(EVENT_EVERY_MS)
    }
}

const worst = (values: readonly number[]): number => Math.max(...values)
const p99 = (values: readonly number[]): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.99,
  )
const ROWS: readonly (readonly [Row, string, (values: readonly number[]) => number])[] = [
  ['killed', 'agent killed, all others know: median', median],
  ['killed', 'agent killed, all others know: worst', worst],
  ['silent', 'host frozen, all others know: median', median],
  ['silent', 'host frozen, all others know: worst', worst],
  ['event', 'one event to all: median', median],
  ['event', 'one event to all: 99th percentile', p99],
]

const print = ([theirs, ours]: readonly Times[]): void => {
  console.log(`${'ms'.padEnd(42)}${'serf'.padStart(8)}${'skein'.padStart(8)}${'ratio'.padStart(8)}${'aim'.padStart(8)}`)
  for (const [row, title, of] of ROWS) {
    const [serf, skein] = [of(theirs?.[row] ?? []), of(ours?.[row] ?? [])]
    const ratio = skein / serf
    const cells = [serf.toFixed(0), skein.toFixed(0), ratio.toFixed(2), `≤ ${AIMS[row]}`]
    const verdict = ratio <= AIMS[row] ? 'met' : 'MISSED'
    console.log(`${title.padEnd(42)}${cells.map((cell) => cell.padStart(8)).join('')}  ${verdict}`)
  }
}

console.log(
  `${await serfVersion()}, default LAN profile; skein; ${hostCount} hosts with an agent of each on ${cpus().length} cores`,
)
await bed.down()
try {
  await bed.up()
  await hosts.loadImages()
  await hosts.makeMesh()
  const systems = [await serfOn(bed, sights), await skeinOn(hosts, sights)]
  await run(systems)
  print(systems.map((system) => took.get(system) ?? { killed: [], silent: [], event: [] }))
} finally {
  sights.stop()
  await bed.down()
}
