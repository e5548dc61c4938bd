import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SkeinHosts, skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, type Testbed, testbed } from '#testing/testbed.ts'

interface Lab {
  readonly state: string
  readonly nodes: readonly { name: string; host: string; state: string; error?: string }[]
  readonly links: readonly {
    id: string
    state: string
    vni: number | null
    error?: string
    endpoints: readonly { node: string; host: string; vlan: number; mac: string }[]
  }[]
}

const FRR01 = new URL('./testdata/frr01/frr01.clab.yml', import.meta.url).pathname
const TOOLS = ['dockerd', 'ovs-vsctl', 'wg', 'tcpdump']

/** Two PCs on different hosts, one link; addresses are the same in every lab made from it. */
const pair = (name: string, hosts: readonly [string, string]): string => `
name: ${name}
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    a: { labels: { skein/host: ${hosts[0]} }, exec: ["ip addr add 10.0.0.1/24 dev eth1"] }
    b: { labels: { skein/host: ${hosts[1]} }, exec: ["ip addr add 10.0.0.2/24 dev eth1"] }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
`

/** Whatever of ours is left on a host, by the tools themselves. */
const leftOvers = async (bed: Testbed, host: string): Promise<string> => {
  const lists = await Promise.all([
    bed.run(host, ['docker', 'ps', '-aq', '--filter', 'label=skein']),
    bed.run(host, ['sh', '-c', 'ovs-vsctl list-ports skein0 2>/dev/null || true']),
    bed.run(host, ['sh', '-c', "ip -br link | grep -E '^sk[gnv]' || true"]),
    bed.run(host, ['sh', '-c', 'ls /var/lib/skein/labs 2>/dev/null || true']),
  ])
  return lists
    .map((list) => list.stdout.trim())
    .join('\n')
    .trim()
}

describeReal('labs over three hosts', TOOLS, () => {
  const bed = testbed({ prefix: 'l', hosts: 3, net: '10.81' })
  const hosts: SkeinHosts = skeinHosts(bed)
  const up = async (text: string, host = 'l1') => {
    await bed.run(host, ['tee', '/tmp/lab.clab.yml'], { stdin: text })
    return hosts.skein(host, 'lab', 'up', '/tmp/lab.clab.yml', '--timeout', '90s')
  }
  const inNode = (lab: string, node: string, ...argv: readonly string[]) =>
    hosts.skein('l1', 'lab', 'exec', lab, node, '--', ...argv)
  const pings = async (lab: string, node: string, address: string) =>
    (await inNode(lab, node, 'ping', '-c', '2', '-W', '2', address)).code === 0

  /** The first packets of two hosts may wait some seconds for WireGuard's handshake, a routed way for its routes. */
  const reaches = (lab: string, node: string, address: string) =>
    until(`${node} of ${lab} reaches ${address}`, 60_000, () => pings(lab, node, address))

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
  })
  afterAll(() => bed.down())

  test('three core hosts vote, and say who leads', async () => {
    const leader = await until('three voters', 20_000, async () => {
      const view = await hosts.json<{
        leader: string
        term: number
        voters: string[]
        quorum: { have: number; need: number }
      }>('l2', 'leader')
      return view.voters.length === 3 && view
    })
    expect(leader).toMatchObject({
      leader: expect.stringMatching(/^l[123]$/),
      voters: ['l1', 'l2', 'l3'],
      quorum: { have: 3, need: 2 },
    })
  })

  test('frr01, unchanged, over three hosts: OSPF is full, PCs reach each other, the underlay shows only WireGuard', async () => {
    const said = await hosts.skein('l1', 'lab', 'up', FRR01, '--json')
    expect(said, said.stderr).toMatchObject({ code: 0 })
    const lab = JSON.parse(said.stdout) as Lab
    expect(lab.state).toBe('up')
    expect(new Set(lab.nodes.map((node) => node.host)).size).toBe(3)
    expect(lab.links.every((link) => link.state === 'up')).toBe(true)
    expect(lab.links.some((link) => link.vni !== null)).toBe(true)
    for (const router of ['router1', 'router2', 'router3'])
      await until(`${router} has two full neighbours`, 90_000, async () => {
        const { stdout } = await inNode('frr01', router, 'vtysh', '-c', 'show ip ospf neighbor')
        return stdout.match(/Full\//g)?.length === 2
      })
    // Neighbours are full before routes are computed everywhere: each way is waited for.
    await reaches('frr01', 'PC1', '192.168.13.2')
    await reaches('frr01', 'PC1', '192.168.12.2')
    await reaches('frr01', 'PC2', '192.168.13.2')
    const capture = bed.run('l1', ['timeout', '8', 'tcpdump', '-n', '-i', 'eth0', 'ip or ip6'], {
      okCodes: [0, 124],
    })
    const pinged = await inNode('frr01', 'PC1', 'ping', '-c', '20', '-i', '0.3', '192.168.13.2')
    expect(pinged.code, pinged.stdout).toBe(0)
    const { stdout } = await capture
    expect(stdout).toContain('.51820')
    expect(stdout).not.toMatch(/192\.168\.|10\.10\.10\.|10\.213\.|OSPF/)
  })

  test('two labs with the same nodes and addresses run side by side, isolated', async () => {
    for (const lab of ['twin1', 'twin2']) expect(await up(pair(lab, ['l1', 'l2']))).toMatchObject({ code: 0 })
    for (const lab of ['twin1', 'twin2']) {
      await reaches(lab, 'a', '10.0.0.2')
      await inNode(lab, 'a', 'ip', 'addr', 'add', `10.9.0.${lab.at(-1)}/24`, 'dev', 'eth1')
    }
    expect(await pings('twin1', 'a', '10.9.0.2')).toBe(false)
    const shows = await Promise.all(['twin1', 'twin2'].map((lab) => hosts.json<Lab>('l3', 'lab', 'show', lab)))
    const numbers = shows.flatMap((lab) => lab.links.map((link) => link.vni))
    expect(new Set(numbers).size).toBe(2)
    const macs = shows.flatMap((lab) => lab.links.flatMap((link) => link.endpoints.map((end) => end.mac)))
    expect(new Set(macs).size).toBe(4)
    for (const lab of ['twin1', 'twin2']) expect(await hosts.skein('l2', 'lab', 'down', lab)).toMatchObject({ code: 0 })
  })

  test('a second up applies only the difference', async () => {
    expect(await up(pair('delta', ['l1', 'l2']))).toMatchObject({ code: 0 })
    const idOf = async (node: string, host: string) =>
      (await bed.run(host, ['docker', 'inspect', '-f', '{{.Id}}', `clab-delta-${node}`])).stdout
    const before = [await idOf('a', 'l1'), await idOf('b', 'l2')]
    const more = pair('delta', ['l1', 'l2']).replace(
      '  links:',
      '    c: { labels: { skein/host: l3 } }\n  links:\n    - endpoints: ["c:eth1", "b:eth2"]',
    )
    expect(await up(more)).toMatchObject({ code: 0 })
    expect([await idOf('a', 'l1'), await idOf('b', 'l2')], 'a link is plugged into running nodes').toEqual(before)
    const lab = await hosts.json<Lab>('l1', 'lab', 'show', 'delta')
    expect(lab.nodes).toHaveLength(3)
    expect(lab.links).toHaveLength(2)
    expect(await hosts.skein('l1', 'lab', 'down', 'delta')).toMatchObject({ code: 0 })
  })

  test.each(['l1', 'l2', 'l3'])(
    'kill -9 of the agent of %s during up, then run again: the lab ends up, down leaves nothing',
    async (victim) => {
      const starter = victim === 'l1' ? 'l2' : 'l1'
      await bed.run(starter, ['tee', '/tmp/lab.clab.yml'], {
        stdin: pair('crash', ['l1', 'l2']).replace(
          '  links:',
          '    c: { labels: { skein/host: l3 } }\n  links:\n    - endpoints: ["c:eth1", "b:eth2"]',
        ),
      })
      await hosts.skein(starter, 'lab', 'up', '/tmp/lab.clab.yml', '--detach')
      await hosts.killAgent(victim)
      await hosts.start(victim)
      await until(
        'the lab is up',
        60_000,
        async () => (await hosts.json<Lab>(starter, 'lab', 'show', 'crash')).state === 'up',
      )
      expect(await hosts.skein(victim, 'lab', 'down', 'crash')).toMatchObject({ code: 0 })
      expect((await hosts.skein(starter, 'lab', 'show', 'crash')).code).not.toBe(0)
    },
  )

  test('what is not ours is never touched, and down leaves nothing of ours', async () => {
    await bed.run('l1', [
      'sh',
      '-c',
      'docker run -d --name stranger --network none alpine:3 sleep 1000; ovs-vsctl add-br foreign -- set bridge foreign datapath_type=netdev; ip link add foreign0 type veth peer name foreign1; ovs-vsctl add-port skein0 foreign0 tag=7',
    ])
    expect(await hosts.skein('l1', 'lab', 'down', 'frr01')).toMatchObject({ code: 0 })
    // The management network goes after its last lab.
    for (const host of bed.hosts)
      await until(
        `nothing is left on ${host}`,
        20_000,
        async () => (await leftOvers(bed, host)).replace('foreign0', '').trim() === '',
      )
    const still = await bed.run('l1', [
      'sh',
      '-c',
      'docker inspect -f {{.State.Running}} stranger; ovs-vsctl br-exists foreign && echo bridge; ovs-vsctl list-ports skein0; ip -br link show foreign1',
    ])
    expect(still.stdout).toMatch(/true[\s\S]*bridge[\s\S]*foreign0[\s\S]*foreign1/)
    const rows = await hosts.json<{ pool: string; owner: string }[]>('l2', 'allocation', 'ls')
    expect(rows.filter((row) => row.owner.startsWith('lab/'))).toEqual([])
  })

  test('with one host off a lab comes up on the other two; with two off it says NO_QUORUM and comes up by itself later', async () => {
    await bed.kill('l3')
    await until(
      'l3 is down',
      30_000,
      async () =>
        (await hosts.json<{ name: string; state: string }[]>('l1', 'host', 'ls')).find((host) => host.name === 'l3')
          ?.state === 'down',
    )
    expect(await up(pair('two', ['l1', 'l2']))).toMatchObject({ code: 0 })
    await reaches('two', 'a', '10.0.0.2')
    await bed.kill('l2')
    await until(
      'the majority is gone',
      30_000,
      async () => (await hosts.json<{ quorum: { have: number } }>('l1', 'leader')).quorum.have === 1,
    )
    const said = await up(pair('later', ['l1', 'l1']))
    expect(said.code).toBe(1)
    expect(said.stderr).toMatch(/NO_QUORUM|majority/)
    expect(said.stderr).toMatch(/l2.*l3/s)
    for (const host of ['l2', 'l3']) {
      await bed.boot(host)
      await hosts.start(host)
    }
    await until(
      'the lab comes up by itself',
      60_000,
      async () => (await hosts.json<Lab>('l1', 'lab', 'show', 'later')).state === 'up',
    )
    await until(
      'the lab of before is whole again',
      60_000,
      async () => (await hosts.json<Lab>('l1', 'lab', 'show', 'two')).state === 'up',
    )
    await reaches('two', 'a', '10.0.0.2')
  })
})
