import type { SkeinHosts } from '#testing/skein-hosts.ts'
import { median, option, seconds, withMesh } from './support.ts'

/**
 * `skein lab up` of a ring of nodes on one host, against the same containers started by the docker API alone, in the same run.
 *   node scripts/bench/lab-up.ts [--nodes 20] [--rounds 3]
 */
const nodes = option('nodes', 20)
const rounds = option('rounds', 3)
const names = Array.from({ length: nodes }, (_, i) => `n${i + 1}`)
const topology = [
  'name: bench',
  'topology:',
  '  defaults: { kind: linux, image: "alpine:3" }',
  '  nodes:',
  ...names.map((name) => `    ${name}:`),
  '  links:',
  ...names.map((name, i) => `    - endpoints: ["${name}:eth1", "${names[(i + 1) % nodes]}:eth2"]`),
].join('\n')

/** Created and started through the socket, four at a time: more gains nothing on two cores. */
const dockerAlone = async ({ bed }: SkeinHosts): Promise<number> => {
  const exec = bed.exec('b1')
  const socket = '/run/docker.sock'
  const queue = [...names]
  const worker = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const body = {
        Image: 'alpine:3',
        Hostname: name,
        Tty: true,
        OpenStdin: true,
        HostConfig: { NetworkMode: 'none', CapAdd: ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN'] },
      }
      await exec.run({ socket, method: 'POST', path: `/containers/create?name=raw-${name}`, body })
      await exec.run({ socket, method: 'POST', path: `/containers/raw-${name}/start` })
    }
  }
  const took = await seconds(() => Promise.all([1, 2, 3, 4].map(worker)))
  await bed.run('b1', ['docker', 'rm', '-f', ...names.map((name) => `raw-${name}`)], { timeoutMs: 120_000 })
  return took
}

await withMesh(1, async (hosts) => {
  await hosts.bed.run('b1', ['tee', '/tmp/bench.clab.yml'], { stdin: topology })
  const ours: number[] = []
  const theirs: number[] = []
  const downs: number[] = []
  for (let round = 0; round < rounds; round++) {
    theirs.push(await dockerAlone(hosts))
    ours.push(await seconds(() => hosts.json('b1', 'lab', 'up', '/tmp/bench.clab.yml')))
    downs.push(await seconds(() => hosts.json('b1', 'lab', 'down', 'bench')))
  }
  const show = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(' ')
  console.log(`nodes ${nodes}, links ${nodes}, rounds ${rounds}, one host`)
  console.log(`docker API alone, s:  ${show(theirs)}  median ${median(theirs).toFixed(2)}`)
  console.log(
    `skein lab up, s:      ${show(ours)}  median ${median(ours).toFixed(2)}  (until every link was read back)`,
  )
  console.log(`skein lab down, s:    ${show(downs)}  median ${median(downs).toFixed(2)}`)
  console.log(`ratio up / docker alone: ${(median(ours) / median(theirs)).toFixed(2)}`)
})
