import { afterAll, beforeAll, expect, test } from 'vitest'
import { type SkeinHosts, skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

interface Lab {
  readonly state: string
  readonly nodes: readonly { name: string; host: string; mgmt?: { ipv4: string; ipv6?: string } }[]
  readonly notes: readonly string[]
}

const TOOLS = ['dockerd', 'ovs-vsctl', 'wg']

/** No links at all: what they have is the management network. */
const lab = (name: string, more: { port?: number; r1?: string } = {}): string => `
name: ${name}
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    r1: { labels: { skein/host: w1 }${more.r1 ?? ''} }
    r2:
      labels: { skein/host: w2 }
      mgmt-ipv4: 172.20.20.77
      mgmt-ipv6: 3fff:172:20:20::77
      exec: ["sh -c 'mkdir -p /www && echo hello > /www/index.html && httpd -p 8080 -h /www'"]
      ports: ["${more.port ?? 18080}:8080"]
    r3: { labels: { skein/host: w3 } }
`

describeReal('the management network over three hosts', TOOLS, () => {
  const bed = testbed({ prefix: 'w', hosts: 3, net: '10.92' })
  const hosts: SkeinHosts = skeinHosts(bed)
  const up = async (text: string, host = 'w1') => {
    await bed.run(host, ['tee', '/tmp/lab.clab.yml'], { stdin: text })
    return hosts.skein(host, 'lab', 'up', '/tmp/lab.clab.yml', '--timeout', '90s')
  }
  const show = (name: string, host = 'w1') => hosts.json<Lab>(host, 'lab', 'show', name)
  const inNode = (node: string, ...argv: readonly string[]) =>
    hosts.skein('w1', 'lab', 'exec', 'one', node, '--', ...argv)
  const sh = (host: string, line: string) => bed.run(host, ['sh', '-c', line], { okCodes: [0, 1, 2, 4, 7, 28, 52, 56] })
  const pings = (node: string, to: string, ...flags: readonly string[]) =>
    until(
      `${node} reaches ${to}`,
      45_000,
      async () => (await inNode(node, 'ping', ...flags, '-c', '1', '-W', '2', to)).code === 0,
    )
  const hostPings = (host: string, to: string) =>
    until(`${host} reaches ${to}`, 45_000, async () => (await sh(host, `ping -c 1 -W 2 ${to}`)).code === 0)
  const marks = (host: string) =>
    sh(
      host,
      "grep -c SKEIN /etc/hosts; ip -br link | grep -E '^sk[gnv]'; ovs-vsctl list-ports skein0; nft list tables | grep skein",
    )

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
  })
  afterAll(() => bed.down())

  test('nodes on three hosts get addresses, reach each other by name, over IPv4 and IPv6', async () => {
    const said = await up(lab('one'))
    expect(said, said.stderr).toMatchObject({ code: 0 })
    const view = await show('one')
    expect(view).toMatchObject({
      state: 'up',
      notes: [],
      nodes: [
        { name: 'r1', host: 'w1', mgmt: { ipv4: '172.20.20.2', ipv6: '3fff:172:20:20::2' } },
        { name: 'r2', host: 'w2', mgmt: { ipv4: '172.20.20.77', ipv6: '3fff:172:20:20::77' } },
        { name: 'r3', host: 'w3', mgmt: { ipv4: '172.20.20.3', ipv6: '3fff:172:20:20::3' } },
      ],
    })
    await pings('r1', '172.20.20.77')
    await pings('r1', '3fff:172:20:20::77', '-6')
    for (const [from, to] of [
      ['r1', 'r2'],
      ['r2', 'r3.one.mesh.local'],
      ['r3', 'clab-one-r1'],
    ] as const)
      await pings(from, to)
    await pings('r3', 'r2', '-6')
    await pings('r1', 'w3.mesh.local')
  })

  test('every host reaches every node by name, and nodes reach out', async () => {
    await hostPings('w1', 'clab-one-r1')
    await hostPings('w1', 'clab-one-r3')
    await hostPings('w3', 'r2.one.mesh.local')
    await hostPings('w2', 'r1')
    expect((await sh('w2', 'getent hosts r3.one.mesh.local')).stdout).toMatch(/3fff:172:20:20::3|172\.20\.20\.3/)
    await pings('r1', '172.20.20.1')
    await pings('r1', bed.address('w2'))
  })

  test('a published port of the node’s host leads to it, from another host; lab ports says where', async () => {
    const fetched = await until('the page', 45_000, async () => {
      const page = await sh('w3', `curl -s -m 3 http://${bed.address('w2')}:18080/`)
      return page.stdout.includes('hello') && page
    })
    expect(fetched.stdout).toBe('hello\n')
    expect((await hosts.skein('w3', 'lab', 'ports', 'one')).stdout).toMatch(
      /w2\s+18080\/tcp\s+r2\s+172\.20\.20\.77:8080/,
    )
  })

  test('a second lab shares the network; one that asks for what others have is refused as a whole', async () => {
    const taken = await up(lab('two'))
    expect(taken.code).not.toBe(0)
    expect(taken.stderr).toMatch(/18080\/tcp on w2 is published by node r2 of lab one/)
    const pid = await bed.spawn('w2', [process.execPath, '-e', "require('net').createServer().listen(18099)"])
    await until('it listens', 60_000, async () => (await sh('w2', 'ss -ltn | grep -q 18099')).code === 0)
    expect((await up(lab('two', { port: 18099 }))).stderr).toMatch(
      /18099\/tcp on w2 is taken: another program listens on it/,
    )
    await sh('w2', `kill ${pid}`)
    const refused = await up(lab('two', { port: 18081 }))
    expect(`${refused.stdout}${refused.stderr}`).toMatch(/172\.20\.20\.77.*held by node r2 of lab one/)
    await hosts.skein('w1', 'lab', 'down', 'two')
    expect((await show('one')).state).toBe('up')
  })

  test('addresses stay over a redeploy, containers too', async () => {
    const ids = async (host: string) => (await bed.run(host, ['docker', 'ps', '-q', '--no-trunc'])).stdout
    const before = [await ids('w2'), await ids('w3'), (await show('one')).nodes.map(({ mgmt }) => mgmt)]
    const said = await up(lab('one', { r1: ', env: { A: b }' }))
    expect(said, said.stderr).toMatchObject({ code: 0 })
    expect([await ids('w2'), await ids('w3'), (await show('one')).nodes.map(({ mgmt }) => mgmt)]).toEqual(before)
    await pings('r1', 'r2')
    expect((await hosts.skein('w1', 'names', 'zone')).stdout).toMatch(/r2\.one\.mesh\.local\. IN A 172\.20\.20\.77/)
  })

  test('nothing is left when the lab goes', async () => {
    const said = await hosts.skein('w1', 'lab', 'down', 'one')
    expect(said, said.stderr).toMatchObject({ code: 0 })
    for (const host of bed.hosts)
      await until(`nothing is left on ${host}`, 60_000, async () => (await marks(host)).stdout.trim() === '0')
    expect(await hosts.json<readonly { pool: string }[]>('w1', 'allocation', 'ls')).not.toContainEqual(
      expect.objectContaining({ pool: expect.stringMatching(/mgmt|publish|mac|vni/) }),
    )
    expect((await sh('w2', `ss -ltn | grep -c 18080`)).stdout.trim()).toBe('0')
  })
})
