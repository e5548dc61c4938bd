import { type SkeinHosts, until } from '#testing/skein-hosts.ts'
import { median, option, withMesh } from './support.ts'

/**
 * TCP throughput of a link on one host and across two, against a raw veth pair and the raw WireGuard mesh, in the same run.
 *   node scripts/bench/link.ts [--seconds 5] [--rounds 3]
 */
const duration = option('seconds', 5)
const rounds = option('rounds', 3)
const topology = `
name: bench
topology:
  defaults: { kind: linux, image: "wbitt/network-multitool:3.22.2" }
  nodes:
    a: { labels: { skein/host: b1 }, exec: ["ip addr add 10.0.0.1/24 dev eth1", "ip addr add 10.0.1.1/24 dev eth2"] }
    near: { labels: { skein/host: b1 }, exec: ["ip addr add 10.0.0.2/24 dev eth1"] }
    far: { labels: { skein/host: b2 }, exec: ["ip addr add 10.0.1.2/24 dev eth1"] }
  links:
    - endpoints: ["a:eth1", "near:eth1"]
    - endpoints: ["a:eth2", "far:eth1"]
`

type Run = (...argv: readonly string[]) => Promise<string>

const iperf = async (client: Run, server: Run, address: string): Promise<number> => {
  await server('iperf3', '-s', '-1', '-D')
  const text = await until('the iperf3 server answers', 10_000, async () => {
    const said = await client('iperf3', '-c', address, '-t', String(duration), '-J')
    return (JSON.parse(said) as { error?: string }).error === undefined && said
  })
  return (
    (JSON.parse(text) as { end: { sum_received: { bits_per_second: number } } }).end.sum_received.bits_per_second / 1e6
  )
}

const onHost =
  ({ bed }: SkeinHosts, host: string, ...prefix: readonly string[]): Run =>
  async (...argv) =>
    (await bed.run(host, [...prefix, ...argv], { okCodes: [0, 1], timeoutMs: 60_000 })).stdout

const inNode =
  (hosts: SkeinHosts, node: string): Run =>
  async (...argv) =>
    (await hosts.skein('b1', 'lab', 'exec', 'bench', node, '--', ...argv)).stdout

await withMesh(2, async (hosts) => {
  const host = onHost(hosts, 'b1')
  await host('ip', 'netns', 'add', 'raw')
  await host('ip', 'link', 'add', 'raw0', 'type', 'veth', 'peer', 'name', 'raw1', 'netns', 'raw')
  for (const [prefix, device, address] of [
    [[], 'raw0', '10.1.0.1/24'],
    [['ip', 'netns', 'exec', 'raw'], 'raw1', '10.1.0.2/24'],
  ] as const) {
    await host(...prefix, 'ip', 'addr', 'add', address, 'dev', device)
    await host(...prefix, 'ip', 'link', 'set', device, 'up')
  }
  await hosts.bed.run('b1', ['tee', '/tmp/bench.clab.yml'], { stdin: topology })
  await hosts.json('b1', 'lab', 'up', '/tmp/bench.clab.yml')
  const overlay =
    (await hosts.json<{ name: string; overlayAddress: string }[]>('b1', 'host', 'ls')).find(({ name }) => name === 'b2')
      ?.overlayAddress ?? ''
  const paths = {
    'raw veth, one host': () => iperf(host, onHost(hosts, 'b1', 'ip', 'netns', 'exec', 'raw'), '10.1.0.2'),
    'link, one host': () => iperf(inNode(hosts, 'a'), inNode(hosts, 'near'), '10.0.0.2'),
    'raw WireGuard, two hosts': () => iperf(host, onHost(hosts, 'b2'), overlay),
    'link, two hosts': () => iperf(inNode(hosts, 'a'), inNode(hosts, 'far'), '10.0.1.2'),
  }
  const results: Record<string, number[]> = {}
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of Object.entries(paths)) results[name] = [...(results[name] ?? []), await run()]
  for (const [name, values] of Object.entries(results))
    console.log(
      `${name.padEnd(26)} Mbit/s: ${values.map((value) => value.toFixed(0)).join(' ')}  median ${median(values).toFixed(0)}`,
    )
  const of = (name: keyof typeof paths): number => median(results[name] ?? [])
  console.log(`ratio link / raw veth, one host:        ${(of('link, one host') / of('raw veth, one host')).toFixed(2)}`)
  console.log(
    `ratio link / raw WireGuard, two hosts:  ${(of('link, two hosts') / of('raw WireGuard, two hosts')).toFixed(2)}`,
  )
})
