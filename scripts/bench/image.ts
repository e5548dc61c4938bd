import type { SkeinHosts } from '#testing/skein-hosts.ts'
import { median, option, prefix, seconds, withMesh } from './support.ts'

/**
 * An image that one host lacks, brought to it by `skein lab up`, against `docker save | docker load` over the same network, in the same run.
 * What the lab costs besides is measured with the image there, and taken off.
 *   node scripts/bench/image.ts [--mib 200] [--rounds 3] [--shut]
 * `--shut`: as where a firewall keeps the port of images shut, so that they come over the mesh's own connections.
 */
const mib = option('mib', 200)
const rounds = option('rounds', 3)
const NAME = 'bench/image:1'
const PORT = 9_999
const [GIVER, TAKER] = [`${prefix}1`, `${prefix}2`]
const TOPOLOGY = `
name: bench
topology:
  nodes:
    n: { kind: linux, image: "${NAME}", host: ${TAKER}, cmd: sleep infinity }
`

const sh = async ({ bed }: SkeinHosts, host: string, script: string): Promise<void> => {
  await bed.run(host, ['sh', '-ec', script], { timeoutMs: 600_000 })
}

const make = (hosts: SkeinHosts): Promise<void> =>
  sh(
    hosts,
    GIVER,
    `docker rmi -f ${NAME} >/dev/null 2>&1 || true; c=$(docker create alpine:3); head -c ${mib * 1024 * 1024} /dev/urandom >/tmp/noise
     docker cp -q /tmp/noise $c:/noise; docker commit $c ${NAME}; docker rm $c; rm /tmp/noise`,
  )

const forget = (hosts: SkeinHosts): Promise<void> => sh(hosts, TAKER, `docker rmi -f ${NAME}`)

const byHand = async (hosts: SkeinHosts): Promise<number> => {
  const { bed } = hosts
  // It ends with its standard input, where that ends first.
  const listen = `rm -f /tmp/open; mkfifo /tmp/open; exec 3<>/tmp/open; busybox nc -l -p ${PORT} <&3 | docker load`
  const taken = sh(hosts, TAKER, listen)
  const send = `until docker save ${NAME} | busybox nc ${bed.address(TAKER)} ${PORT}; do sleep 0.1; done`
  return seconds(() => Promise.all([taken, sh(hosts, GIVER, send)]))
}

/** Processor seconds of all programs on both hosts so far, by name; /proc/pid/stat counts hundredths. */
const spent = async ({ bed }: SkeinHosts): Promise<ReadonlyMap<string, number>> => {
  const found = new Map<string, number>()
  for (const host of [GIVER, TAKER]) {
    const { stdout } = await bed.run(host, ['sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null || true'])
    for (const line of stdout.trim().split('\n')) {
      const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)$/.exec(line) ?? []
      const ticks = rest
        .split(' ')
        .slice(11, 15)
        .reduce((sum, text) => sum + Number(text), 0)
      const key = `${name} ${host === GIVER ? 'giver' : 'taker'}`
      found.set(key, (found.get(key) ?? 0) + ticks / 100)
    }
  }
  return found
}

/** Who used the processors meanwhile: the bound, where all of them are busy. */
const profiled = async (hosts: SkeinHosts, work: () => Promise<number>): Promise<readonly [number, string]> => {
  const before = await spent(hosts)
  const time = await work()
  const used = [...(await spent(hosts))].map(([name, s]) => [name, s - (before.get(name) ?? 0)] as const)
  const most = used.filter(([, s]) => s >= 0.1).toSorted(([, a], [, b]) => b - a)
  return [
    time,
    most
      .slice(0, 8)
      .map(([name, s]) => `${name} ${s.toFixed(1)}`)
      .join(', '),
  ]
}

const byLab = (hosts: SkeinHosts): Promise<number> =>
  seconds(() => hosts.json(GIVER, 'lab', 'up', '/tmp/bench.clab.yml', '--timeout', '300s'))
const down = (hosts: SkeinHosts) => hosts.json(GIVER, 'lab', 'down', 'bench')

await withMesh(2, async (hosts) => {
  await hosts.bed.run(GIVER, ['tee', '/tmp/bench.clab.yml'], { stdin: TOPOLOGY })
  if (process.argv.includes('--shut')) await sh(hosts, GIVER, 'iptables -I INPUT -p tcp --dport 4802 -j REJECT')
  const results: { readonly hand: number; readonly skein: number }[] = []
  for (let round = 0; round < rounds; round++) {
    await make(hosts)
    const [hand, handCpu] = await profiled(hosts, () => byHand(hosts))
    const bare = await byLab(hosts)
    await down(hosts)
    await forget(hosts)
    const [whole, skeinCpu] = await profiled(hosts, () => byLab(hosts))
    const skein = whole - bare
    await down(hosts)
    await forget(hosts)
    results.push({ hand, skein })
    const [a, b] = [hand, skein].map((time) => `${time.toFixed(1)} s, ${(mib / time).toFixed(0)} MiB/s`)
    console.log(`${mib} MiB: docker save | docker load ${a}; skein ${b}`)
    console.log(`  processor seconds by hand: ${handCpu}`)
    console.log(`  processor seconds by skein: ${skeinCpu}`)
  }
  const ratio = median(results.map(({ hand, skein }) => skein / hand))
  console.log(`ratio skein / docker save | docker load: ${ratio.toFixed(2)}`)
})
