import { loadavg } from 'node:os'
import type { SkeinHosts } from '#testing/skein-hosts.ts'
import { commands, linesSince, timeline } from './lab-up-profile.ts'
import { median, option, options, type Spent, seconds, spent, withMesh } from './support.ts'

/**
 * `skein lab up` against the same containers, on the same hosts, made and started by the docker API alone, in the same run.
 *   node scripts/bench/lab-up.ts [--nodes 20,50,100] [--hosts 1,3] [--shape ring] [--rounds 3] [--debug 1]
 * `--shape` is ring or star. `--debug 1` lets agents tell every command, for the profile; that costs some time itself.
 */
const sizes = options('nodes', [20, 50, 100])
const meshes = options('hosts', [1, 3])
const rounds = option('rounds', 3)
const isDebug = process.argv.includes('--debug')
const isStar = process.argv[process.argv.indexOf('--shape') + 1] === 'star'
/** Made at once on one host: more gains nothing on two cores. */
const WORKERS = 4
const MAX_MS = 600_000
const SOCKET = '/run/docker.sock'

const namesOf = (nodes: number): readonly string[] => Array.from({ length: nodes }, (_, i) => `n${i + 1}`)

/** Each node to the next, and the last to the first; or all to the first. */
const linksOf = (names: readonly string[]): readonly string[] =>
  isStar
    ? names.slice(1).map((name, i) => `["n1:eth${i + 1}", "${name}:eth1"]`)
    : names.map((name, i) => `["${name}:eth1", "${names[(i + 1) % names.length]}:eth2"]`)

const topologyOf = (names: readonly string[]): string =>
  [
    'name: bench',
    'topology:',
    '  defaults: { kind: linux, image: "alpine:3" }',
    '  nodes:',
    ...names.map((name) => `    ${name}:`),
    '  links:',
    ...linksOf(names).map((ends) => `    - endpoints: ${ends}`),
  ].join('\n')

const bodyOf = (name: string): object => ({
  Image: 'alpine:3',
  Hostname: name,
  Tty: true,
  OpenStdin: true,
  HostConfig: { NetworkMode: 'none', CapAdd: ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN'] },
})

/** On each host its share, created and started through the socket. */
const dockerAlone = async ({ bed }: SkeinHosts, names: readonly string[]): Promise<Spent> => {
  const took = await spent(() =>
    Promise.all(
      bed.hosts.flatMap((host, at) => {
        const exec = bed.exec(host)
        const queue = names.filter((_, i) => i % bed.hosts.length === at)
        const worker = async () => {
          for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
            const path = `/containers/create?name=raw-${name}`
            await exec.run({ socket: SOCKET, method: 'POST', path, body: bodyOf(name), timeoutMs: MAX_MS })
            const start = { socket: SOCKET, method: 'POST', path: `/containers/raw-${name}/start`, timeoutMs: MAX_MS }
            await exec.run({ ...start, method: 'POST' })
          }
        }
        return Array.from({ length: WORKERS }, worker)
      }),
    ),
  )
  const remove = ['sh', '-c', 'docker rm -f $(docker ps -aq --filter name=raw-)']
  await Promise.all(bed.hosts.map((host) => bed.run(host, remove, { timeoutMs: MAX_MS })))
  return took
}

const show = (values: readonly number[]): string =>
  `${values.map((value) => value.toFixed(2)).join(' ')}  median ${median(values).toFixed(2)}`

interface Rounds {
  readonly theirs: Spent[]
  readonly ours: Spent[]
  readonly downS: number[]
  /** Where the time of the last one went. */
  profile: string
}

const carryOut = async (hosts: SkeinHosts, names: readonly string[]): Promise<Rounds> => {
  const done: Rounds = { theirs: [], ours: [], downS: [], profile: '' }
  const up = ['lab', 'up', '/tmp/bench.clab.yml', '--timeout', '10m']
  for (let round = 0; round < rounds; round++) {
    done.theirs.push(await dockerAlone(hosts, names))
    const sinceMs = Date.now()
    done.ours.push(await spent(() => hosts.json('b1', ...up)))
    const logs = await Promise.all(hosts.bed.hosts.map((host) => hosts.log(host)))
    const lines = logs.flatMap((log) => linesSince(log, sinceMs))
    done.profile = [timeline(lines, sinceMs), ...(isDebug ? [commands(lines)] : [])].join('\n')
    done.downS.push(await seconds(() => hosts.json('b1', 'lab', 'down', 'bench', '--timeout', '10m')))
  }
  return done
}

/** Prints the figures of one size of lab, and where the time of the last round went. */
const measure = async (hosts: SkeinHosts, nodes: number): Promise<void> => {
  const names = namesOf(nodes)
  await hosts.bed.run('b1', ['tee', '/tmp/bench.clab.yml'], { stdin: topologyOf(names) })
  const { theirs, ours, downS, profile } = await carryOut(hosts, names)
  const [load = 0] = loadavg()
  const wall = (all: readonly Spent[]): readonly number[] => all.map(({ wallS }) => wallS)
  const busy = (all: readonly Spent[]): readonly number[] => all.map(({ busyS }) => busyS)
  const ratio = (of: typeof wall): string => (median(of(ours)) / median(of(theirs))).toFixed(2)
  console.log(
    `${isStar ? 'star' : 'ring'} of ${nodes} nodes, ${linksOf(names).length} links, hosts ${hosts.bed.hosts.length}, rounds ${rounds}, load ${load.toFixed(1)}`,
  )
  console.log(`  docker API alone, s: ${show(wall(theirs))}`)
  console.log(`  skein lab up, s:     ${show(wall(ours))}  (until every link was read back)`)
  console.log(`  skein lab down, s:   ${show(downS)}`)
  console.log(`  ratio up / docker alone: ${ratio(wall)}`)
  console.log(
    `  processors busy, s (whoever used them): ${show(busy(theirs))} / ${show(busy(ours))}, ratio ${ratio(busy)}`,
  )
  console.log(profile)
}

for (const count of meshes)
  await withMesh(
    count,
    async (hosts) => {
      for (const nodes of sizes) await measure(hosts, nodes)
    },
    isDebug ? (hosts) => hosts.configure('log-level: debug\n') : undefined,
  )
