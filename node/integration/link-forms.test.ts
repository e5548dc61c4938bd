import { afterAll, beforeAll, expect, test } from 'vitest'
import type { InterfaceView } from '#core/view/interfaces.ts'
import { type SkeinHosts, skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

const TOOLS = ['dockerd', 'ovs-vsctl', 'wg']

/** Nodes on three hosts, submitted on k1: a link of every form. The far end of each has the address that ends in `.9`. */
const lab = (foreign: string): string => `name: forms
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    a: { host: k1 }
    b: { host: k2 }
    c: { host: k3 }
    m:
    br0: { kind: bridge }
    sw0: { kind: ovs-bridge, host: k3 }
    web: { kind: ext-container, host: k3 }
  links:
    - { endpoints: ["a:eth1", "br0:p1"], ipv4: [10.9.1.1/24] }
    - { endpoints: ["b:eth1", "br0:p2"], ipv4: [10.9.1.2/24] }
    - { endpoints: ["c:eth1", "br0:p3"], ipv4: [10.9.1.3/24] }
    - { endpoints: ["a:eth2", "sw0:p1"], ipv4: [10.9.2.1/24] }
    - { endpoints: ["b:eth3", "host:up0"], ipv4: [10.9.3.2/24, 10.9.3.9/24] }
    - { endpoints: ["m:eth1", "macvlan:ext0"], ipv4: [10.9.4.1/24] }
    - { endpoints: ["a:eth4", "web:eth1"], ipv4: [10.9.5.1/24, 10.9.5.9/24] }
    - { type: vxlan, endpoint: { node: b, interface: eth5, ipv4: 10.9.6.2/24 }, remote: ${foreign}, vni: 77, dst-port: 4789 }
    - { endpoints: ["c:eth6", "mgmt-net:x"], ipv4: [172.20.20.250/24] }
    - { type: dummy, endpoint: { node: a, interface: dum0, mac: "02:00:00:00:00:07" } }
`

/** What somebody else has on the hosts: by host, commands. */
const foreigners = (bed: { address(host: string): string }): Readonly<Record<string, readonly string[]>> => ({
  k1: [
    'ip link add ext0 type veth peer name ext1',
    'ip link set ext0 up',
    'ip link set ext1 up',
    'ip addr add 10.9.4.9/24 dev ext1',
    `ip link add fvx type vxlan id 77 remote ${bed.address('k2')} dstport 4789`,
    'ip addr add 10.9.6.9/24 dev fvx',
    'ip link set fvx up',
  ],
  k2: [
    'ip link add br0 type bridge',
    'ip link add bp0 address 02:00:00:00:00:77 type veth peer name bp1',
    'ip link set bp0 master br0',
    'ip addr add 10.9.1.9/24 dev br0',
    'ip link set br0 up',
  ],
  k3: [
    'ovs-vsctl add-br sw0 -- set Bridge sw0 datapath_type=netdev',
    'ip addr add 10.9.2.9/24 dev sw0',
    'ip link set sw0 up',
    'docker run -d --name web --network none alpine:3 sleep 3600',
  ],
})

describeReal('links that end outside the nodes of a lab', TOOLS, () => {
  const bed = testbed({ prefix: 'k', hosts: 3, net: '10.60' })
  const hosts: SkeinHosts = skeinHosts(bed)
  const output = async (host: string, line: string): Promise<string> =>
    (await bed.run(host, line.split(' '), { okCodes: [0, 1, 2] })).stdout
  const reaches = (node: string, address: string) =>
    until(`${node} reaches ${address}`, 60_000, async () => {
      const { code } = await hosts.skein('k1', 'lab', 'exec', 'forms', node, '--', 'ping', '-c1', '-W1', address)
      return code === 0
    })
  const isUp = () =>
    until('the lab is up', 60_000, async () => {
      const { state } = await hosts.json<{ state: string }>('k1', 'lab', 'show', 'forms')
      return state === 'up'
    })
  const up = async (text: string) => {
    await bed.run('k1', ['tee', '/tmp/forms.clab.yml'], { stdin: text })
    return hosts.skein('k1', 'lab', 'up', '/tmp/forms.clab.yml', '--timeout', '90s')
  }
  /** What was there before Skein, as the tools tell it. */
  const ofOthers = async (host: string): Promise<string> => {
    const told = [
      await output(host, 'ip -br link'),
      await output(host, 'ovs-vsctl list-ports sw0'),
      await output(host, 'docker ps --format {{.Names}}'),
      await output(host, 'cat /sys/class/net/br0/address'),
    ]
    const isOurs = /^(sk|ovs-)/
    return told
      .join('\n')
      .split('\n')
      .map((line) => line.trim().split(/[\s@]/)[0] ?? '')
      .filter((name) => !isOurs.test(name))
      .toSorted()
      .join(' ')
  }
  const before = new Map<string, string>()

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    for (const [host, lines] of Object.entries(foreigners(bed)))
      for (const line of lines) await bed.run(host, line.split(' '))
    for (const host of bed.hosts) before.set(host, await ofOthers(host))
  })
  afterAll(() => bed.down())

  test('every form comes up and carries, over three hosts', async () => {
    const said = await up(lab(bed.address('k1')))
    expect(said, said.stderr + said.stdout).toMatchObject({ code: 0 })
    await reaches('a', '10.9.1.2')
    await reaches('a', '10.9.1.3')
    await reaches('c', '10.9.1.9')
    await reaches('a', '10.9.2.9')
    await reaches('b', '10.9.3.9')
    await reaches('m', '10.9.4.9')
    await reaches('a', '10.9.5.9')
    await reaches('b', '10.9.6.9')
    await until('c reaches the gateway of the management network', 30_000, async () => {
      const ping = ['ping', '-I', 'eth6', '-c1', '-W1', '172.20.20.1']
      return (await hosts.skein('k1', 'lab', 'exec', 'forms', 'c', '--', ...ping)).code === 0
    })
    expect((await hosts.skein('k2', 'lab', 'exec', 'forms', 'a', '--', 'ip', 'link', 'show', 'dum0')).stdout).toMatch(
      /UP.*02:00:00:00:00:07/s,
    )
  })

  test('each end is listed under all its names, where it is', async () => {
    const rows = await hosts.json<readonly InterfaceView[]>('k2', 'lab', 'interfaces', 'forms')
    const row = (node: string, name: string) => rows.find((one) => one.node === node && one.interface === name)
    expect(row('host', 'up0')).toMatchObject({ kind: 'host', host: 'k1', bridge: 'skein0', state: 'up' })
    expect(row('web', 'eth1')).toMatchObject({ kind: 'ext-container', host: 'k3' })
    expect(row('m', 'eth1')).toMatchObject({ kind: 'linux, macvlan of ext0', host: 'k1', port: null })
    expect(row('a', 'dum0')).toMatchObject({ mac: '02:00:00:00:00:07', port: null })
    const port = row('b', 'eth3')
    expect(await output('k2', 'ovs-vsctl list-ports skein0')).toContain(port?.port)
    expect((await output('k2', `ovs-vsctl get Port ${port?.port} tag`)).trim()).toBe(String(port?.vlan))
  })

  test('damage done by hand is mended', async () => {
    await bed.run('k1', ['ip', 'link', 'del', 'up0'])
    await reaches('b', '10.9.3.9')
    const [join = ''] = /skj[0-9a-f]{12}/.exec(await output('k2', 'ip -br link show master br0')) ?? []
    await bed.run('k2', ['ip', 'link', 'set', join, 'nomaster'])
    await reaches('c', '10.9.1.9')
    const [port = ''] = /skj[0-9a-f]{12}/.exec(await output('k3', 'ovs-vsctl list-ports sw0')) ?? []
    await bed.run('k3', ['ovs-vsctl', 'del-port', 'sw0', port])
    await reaches('a', '10.9.2.9')
    await hosts.skein('k1', 'lab', 'exec', 'forms', 'm', '--', 'ip', 'link', 'del', 'eth1')
    await reaches('m', '10.9.4.9')
    await bed.run('k3', ['docker', 'restart', '-t', '0', 'web'])
    await reaches('a', '10.9.5.9')
    const [tunnel = ''] = /skv[0-9a-f]{12}/.exec(await output('k2', 'ip -br link show type vxlan')) ?? []
    await bed.run('k2', ['ip', 'link', 'del', tunnel])
    await reaches('b', '10.9.6.9')
    await isUp()
  })

  test('the agent started again breaks nothing', async () => {
    const index = await output('k3', 'docker exec web cat /sys/class/net/eth1/ifindex')
    const joined = await output('k2', 'ip -br link show master br0')
    for (const host of ['k2', 'k3']) {
      await hosts.killAgent(host)
      await hosts.start(host)
    }
    await isUp()
    expect(await output('k3', 'docker exec web cat /sys/class/net/eth1/ifindex')).toBe(index)
    expect(await output('k2', 'ip -br link show master br0')).toBe(joined)
  })

  test("somebody else's device of the same name is named and left alone", async () => {
    const text = `name: taken
topology:
  nodes: { x: { kind: linux, image: "alpine:3" } }
  links: [{ endpoints: ["x:eth1", "host:ext1"] }]
`
    await bed.run('k1', ['tee', '/tmp/taken.clab.yml'], { stdin: text })
    await hosts.skein('k1', 'lab', 'up', '/tmp/taken.clab.yml', '--detach')
    await until('the reason', 30_000, async () => {
      const [link] = await hosts.json<readonly { error?: string; doing?: string }[]>('k1', 'lab', 'links', 'taken')
      return `${link?.error} ${link?.doing}`.includes('has a device ext1 already')
    })
    expect(await output('k1', 'ip -br addr show ext1')).toContain('10.9.4.9/24')
    expect(await hosts.skein('k1', 'lab', 'down', 'taken')).toMatchObject({ code: 0 })
  })

  test('afterwards all of it is gone, and what others have is as it was', async () => {
    const said = await hosts.skein('k1', 'lab', 'down', 'forms')
    expect(said, said.stderr).toMatchObject({ code: 0 })
    for (const host of bed.hosts) {
      // The management network goes once no lab has a node in it.
      await until(`${host} is bare`, 10_000, async () => !/^(sk[gnjv]|up0)/m.test(await output(host, 'ip -br link')))
      expect(await ofOthers(host)).toBe(before.get(host))
    }
    expect(await output('k3', 'docker exec web ip -br link')).not.toContain('eth1')
  })
})
