import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { publicLabs, type ShownLab, traces } from './corpus-support.ts'

const TOOLS = ['dockerd', 'ovs-vsctl', 'wg', 'curl']
const LEAVES = ['192.168.21.0/24', '192.168.22.0/24', '192.168.31.0/24', '192.168.32.0/24'] as const

interface Route {
  readonly nexthops: readonly { readonly active?: boolean }[]
}

describeReal('public lab files, unchanged, on one host and then on three', TOOLS, () => {
  const bed = testbed({ prefix: 'n', hosts: 3, net: '10.79' })
  const labs = publicLabs(bed)
  const hosts = skeinHosts(bed)
  const hostsOf = ({ nodes }: ShownLab): number => new Set(nodes.map(({ host }) => host)).size

  /** What the README of bgp-frr promises. */
  const bgpConverges = async (): Promise<void> => {
    for (const spine of ['spine01', 'spine02'])
      await until(`${spine} hears of two networks from each of three leaves`, 120_000, async () => {
        const text = await labs.read('fdc', spine, 'vtysh', '-c', 'show bgp ipv4 unicast summary json')
        const { peers = {} } = JSON.parse(text) as { peers?: Record<string, { state?: string; pfxRcd?: number }> }
        const good = Object.values(peers).filter(({ state, pfxRcd }) => state === 'Established' && pfxRcd === 2)
        return good.length === 3
      })
    await until('leaf01 has two ways to each network of the other leaves', 60_000, async () => {
      const text = await labs.read('fdc', 'leaf01', 'vtysh', '-c', 'show ip route bgp json')
      const routes = JSON.parse(text) as Record<string, readonly Route[]>
      return LEAVES.every((leaf) => routes[leaf]?.[0]?.nexthops.filter(({ active }) => active === true).length === 2)
    })
    for (const address of ['192.168.31.2', '192.168.12.2', '192.168.21.2', '192.168.32.2'])
      await labs.pings('fdc', 'host11', address)
  }

  /** What the file of linux-nodes asks for, node by node. */
  const linuxNodesAreAsAsked = async (lab: ShownLab): Promise<void> => {
    const read = (node: string, ...argv: readonly string[]) => labs.read('2-linux-nodes', node, ...argv)
    const hostOf = (name: string): string => lab.nodes.find((node) => node.name === name)?.host ?? ''
    expect([await read('l1', 'cat', '/tmp/var'), await read('l1', 'cat', '/01-test.txt')]).toEqual([
      'MYVAR is SET',
      'Hello, containerlab',
    ])
    expect(JSON.parse(await read('l1', 'cat', '/test.json'))).toEqual({ containerlab: 'is cool' })
    const interfaces = async (node: string) => (await read(node, 'ip', '-o', 'link')).split('\n')
    const [one, two] = [await interfaces('l1'), await interfaces('l2')]
    const has = (lines: readonly string[], name: string, what: RegExp) =>
      expect(lines.find((line) => line.includes(` ${name}@`) || line.includes(` ${name}:`)) ?? `no ${name}`).toMatch(
        what,
      )
    has(one, 'eth1', /LOWER_UP.*mtu 2000/)
    has(one, 'eth2', /LOWER_UP.*mtu 9500/)
    has(one, 'eth3', /LOWER_UP.*02:00:00:00:00:00/)
    has(two, 'some1', /LOWER_UP.*mtu 2000/)
    has(two, 'eth3', /LOWER_UP.*02:00:00:00:00:01/)
    has(two, 'eth4', /LOWER_UP.*02:00:00:00:00:04/)
    has(two, 'eth5', /LOWER_UP.*02:00:00:00:00:05/)
    has(two, 'somedummy', /UP/)
    expect(
      lab.nodes.flatMap(({ name, mgmt }) => (mgmt === undefined ? [] : [`${name} ${mgmt.ipv4} ${mgmt.ipv6}`])),
    ).toEqual(['l1 172.20.20.99 3fff:172:20:20::99', 'l2 172.20.20.100 3fff:172:20:20::100'])
    expect(await read('l2', 'cat', '/etc/resolv.conf')).toMatch(
      /my\.domain[\s\S]*8\.8\.8\.8[\s\S]*1\.2\.3\.4[\s\S]*rotate|8\.8\.8\.8[\s\S]*1\.2\.3\.4[\s\S]*my\.domain[\s\S]*rotate/,
    )
    await labs.pings('2-linux-nodes', 'l1', 'l2.mydomain.com')
    const limits = [
      'docker',
      'inspect',
      '-f',
      '{{.HostConfig.NanoCpus}} {{.State.Health.Status}}',
      'clab-2-linux-nodes-l1',
    ]
    expect((await bed.run(hostOf('l1'), limits)).stdout.trim()).toBe('1500000000 healthy')
    expect((await bed.run('n1', ['ip', '-br', 'link', 'show', 'l2eth4'])).stdout).toContain('UP')
    const page = (url: string) => ['curl', '-s', '-m', '3', url]
    const works = async (host: string, url: string) =>
      (await bed.run(host, page(url), { okCodes: [0, 7, 28, 52, 56] })).stdout.includes('It works')
    await until('the published page', 60_000, () => works('n1', `http://${bed.address(hostOf('l2'))}:56180/`))
    await until('the page of l3, in the network of its host', 60_000, () => works(hostOf('l3'), 'http://127.0.0.1:80/'))
    for (const [node, end, address] of [
      ['l1', 'eth1', '10.7.0.1/24'],
      ['l2', 'some1', '10.7.0.2/24'],
    ] as const)
      await read(node, 'ip', 'addr', 'add', address, 'dev', end)
    await labs.pings('2-linux-nodes', 'l1', '10.7.0.2', '-s', '1900')
  }

  const noTraces = async (): Promise<void> => {
    for (const host of bed.hosts)
      await until(`no trace on ${host}`, 60_000, async () => {
        const left = await traces(bed, host)
        if (left !== '') throw new Error(left)
        return true
      })
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await skeinHosts({ ...bed, hosts: bed.hosts.slice(0, 1) }).makeMesh()
  })
  afterAll(() => bed.down())

  describe('one host', () => {
    test('all three come up, next to each other', async () => {
      const shown = await Promise.all([labs.up('frr01'), labs.up('fdc'), labs.up('2-linux-nodes')])
      expect(shown.map(({ state }) => state)).toEqual(['up', 'up', 'up'])
      expect(shown.map(hostsOf)).toEqual([1, 1, 1])
    })

    test('bgp-frr converges, its hosts ping', bgpConverges)

    test('linux-nodes is as its file asks', async () => linuxNodesAreAsAsked(await labs.show('2-linux-nodes')))

    test('both go, while frr01 stays', async () => {
      await Promise.all([labs.down('fdc'), labs.down('2-linux-nodes')])
      expect(
        (await bed.run('n1', ['docker', 'ps', '-a', '--format', '{{.Names}}'])).stdout.trim().split('\n').sort(),
      ).toEqual(['PC1', 'PC2', 'PC3', 'router1', 'router2', 'router3'].map((name) => `clab-frr01-${name}`))
    })
  })

  describe('three hosts', () => {
    test('two more join; frr01 runs on where it was, its routers are full neighbours and its PCs ping', async () => {
      const started = () =>
        bed.run('n1', ['sh', '-c', 'docker inspect -f "{{.State.StartedAt}}" $(docker ps -q | sort)'])
      const before = (await started()).stdout
      for (const host of bed.hosts.slice(1)) {
        const { token } = await until('a token', 20_000, () => hosts.json<{ token: string }>('n1', 'token', 'create'))
        await hosts.json(host, 'join', token, '--name', host, '--advertise', bed.address(host))
        await hosts.start(host)
      }
      await until(
        'three voters',
        60_000,
        async () => (await hosts.json<{ voters: readonly string[] }>('n1', 'leader')).voters.length === 3,
      )
      for (const router of ['router1', 'router2', 'router3'])
        await until(`${router} has two full neighbours`, 120_000, async () => {
          const text = await labs.read('frr01', router, 'vtysh', '-c', 'show ip ospf neighbor')
          return text.match(/Full\//g)?.length === 2
        })
      for (const address of ['192.168.12.2', '192.168.13.2']) await labs.pings('frr01', 'PC1', address)
      await labs.pings('frr01', 'PC2', '192.168.13.2')
      expect((await started()).stdout).toBe(before)
      await labs.down('frr01')
      await noTraces()
    })

    test('bgp-frr and linux-nodes come up, spread over all', async () => {
      const shown = await Promise.all([labs.up('fdc'), labs.up('2-linux-nodes')])
      expect(shown.map(({ state }) => state)).toEqual(['up', 'up'])
      expect(shown.map(hostsOf)).toEqual([3, expect.any(Number)])
    })

    test('bgp-frr converges over hosts: router advertisements and link-local addresses cross', bgpConverges)

    test('linux-nodes is as its file asks', async () => linuxNodesAreAsAsked(await labs.show('2-linux-nodes')))

    test('they go without a trace', async () => {
      await Promise.all([labs.down('fdc'), labs.down('2-linux-nodes')])
      await noTraces()
      const rows = await hosts.json<readonly { owner: string }[]>('n1', 'allocation', 'ls')
      expect(rows.filter(({ owner }) => owner.startsWith('lab/'))).toEqual([])
    })
  })
})
