import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

const TOOLS = ['dockerd', 'ovs-vsctl', 'wg']
const FOLDER = '/tmp/nos'

/** `at`: the host of cEOS. The images are stand-ins that hold a file, take their time to start, and refuse before. */
const lab = (at: string, more = ''): string => `name: nos
topology:
  nodes:
    sw1:
      kind: ceos
      image: ceos:4.32.0F
      startup-config: sw1.cfg
      labels: { skein/host: ${at} }
      exec: ["Cli -p 15 -c 'config by-exec'"]
${more}
    leaf1: { kind: nokia_srlinux, image: "ghcr.io/nokia/srlinux:24.10.1", labels: { skein/host: vk2 } }
    r1:
      kind: linux
      image: quay.io/frrouting/frr:10.2.1
      startup-config: |
        hostname r1
        ip route 198.51.100.0/24 blackhole
      labels:
        skein/host: vk1
        skein/config-file: /etc/frr/frr.conf
        skein/config-save: vtysh -c 'write memory'
    late: { kind: linux, image: "skein/net:test", stages: { create: { wait-for: [{ node: sw1, stage: configure }] } } }
  links:
    - endpoints: ["sw1:Ethernet1", "leaf1:ethernet-1/1"]
    - endpoints: ["sw1:Ethernet2", "r1:eth1"]
`

interface Shown {
  readonly state: string
  readonly notes: readonly string[]
  readonly nodes: readonly { readonly name: string; readonly kind: string; readonly host: string }[]
  readonly links: readonly { readonly state: string }[]
}

describeReal('network operating systems of vendors', TOOLS, () => {
  const bed = testbed({ prefix: 'vk', hosts: 2, net: '10.56' })
  const hosts = skeinHosts(bed)
  const write = (path: string, stdin: string) =>
    bed.run('vk1', ['sh', '-c', 'mkdir -p "$(dirname "$0")" && cat > "$0"', path], { stdin })
  const up = async (text: string) => {
    await write(`${FOLDER}/nos.clab.yml`, text)
    const said = await hosts.skein('vk1', 'lab', 'up', FOLDER, '--timeout', '120s')
    expect(said, said.stderr).toMatchObject({ code: 0 })
  }
  const inNode = async (node: string, ...argv: readonly string[]) => {
    const { stdout, stderr, code } = await hosts.skein('vk2', 'lab', 'exec', 'nos', node, '--', ...argv)
    expect(code, `${argv.join(' ')}: ${stderr}${stdout}`).toBe(0)
    return stdout.trim()
  }
  const running = () => inNode('sw1', 'Cli', '-p', '15', '-c', 'show running-config')
  /** What FRR, which is no stand-in, runs with. */
  const routes = async (...wanted: readonly string[]) =>
    until(`routes ${wanted.join(' ')}`, 30_000, async () => {
      const found = (await inNode('r1', 'vtysh', '-c', 'show running-config')).match(/^ip route \S+/gm) ?? []
      return JSON.stringify(found) === JSON.stringify(wanted.map((route) => `ip route ${route}`))
    })

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.configure('sweep-s: 5\n')
    await hosts.makeMesh()
    await write(`${FOLDER}/sw1.cfg`, 'hostname {{ .ShortName }}\n')
    await up(lab('vk1'))
  })
  afterAll(() => bed.down())

  describe('come up as their kinds say', () => {
    test('ready before `exec` and before whoever waits for them, with their startup configuration', async () => {
      expect(await running()).toBe('hostname sw1\nby-exec')
      await routes('198.51.100.0/24')
      const { notes, state, nodes } = await hosts.json<Shown>('vk2', 'lab', 'show', 'nos')
      expect({ notes, state }).toEqual({ notes: [], state: 'up' })
      expect(nodes.map(({ name, kind }) => `${name} ${kind}`)).toEqual(
        expect.arrayContaining(['sw1 ceos', 'leaf1 nokia_srlinux', 'r1 linux']),
      )
      const at = async (host: string, node: string): Promise<number> => {
        const { stdout } = await bed.run(host, ['docker', 'inspect', `clab-nos-${node}`])
        const [found] = JSON.parse(stdout) as readonly { readonly State: { readonly StartedAt: string } }[]
        return Date.parse(found?.State.StartedAt ?? '')
      }
      const host = nodes.find(({ name }) => name === 'late')?.host ?? ''
      // The stand-in takes three seconds to start.
      expect((await at(host, 'late')) - (await at('vk1', 'sw1'))).toBeGreaterThan(2_500)
    })

    test('with the names of their interfaces, under which people find them', async () => {
      expect(await inNode('sw1', 'sh', '-c', 'ls /sys/class/net')).toBe('eth0\neth1\neth2\nlo')
      const rows = await hosts.json<readonly { node: string; interface: string; vendor: string | null }[]>(
        ...(['vk2', 'lab', 'interfaces', 'nos'] as const),
      )
      expect(rows.map((row) => `${row.node} ${row.interface} ${row.vendor}`)).toEqual([
        'leaf1 e1-1 ethernet-1/1',
        'r1 eth1 null',
        'sw1 eth1 Ethernet1',
        'sw1 eth2 Ethernet2',
      ])
    })

    test('and what they made of their interfaces is left alone', async () => {
      const inside = 'nsenter --net=/proc/$(cat /run/srbase.pid)/ns/net ip -o link show e1-1'
      const before = await inNode('leaf1', 'sh', '-c', inside)
      expect(before).toContain('LOWER_UP')
      expect(await inNode('leaf1', 'sh', '-c', 'ls /sys/class/net')).toBe('lo\nmgmt0')
      const said = await hosts.skein('vk1', 'lab', 'reconcile', 'nos')
      expect(said, said.stdout).toMatchObject({ code: 0 })
      expect(await inNode('leaf1', 'sh', '-c', inside)).toBe(before)
      const { links } = await hosts.json<Shown>('vk1', 'lab', 'show', 'nos')
      expect(links.map(({ state }) => state)).toEqual(['up', 'up'])
    })
  })

  test('a configuration is saved by any host, and a node made on another host starts with it', async () => {
    await inNode('sw1', 'Cli', '-p', '15', '-c', 'config changed-by-hand')
    await inNode('leaf1', '/opt/srlinux/bin/sr_cli', '-d', 'set leaf')
    await inNode('r1', 'vtysh', '-c', 'configure terminal', '-c', 'ip route 203.0.113.0/24 blackhole')
    const said = await hosts.skein('vk2', 'lab', 'save', 'nos', '--out', '/tmp/saved')
    expect(said, said.stderr).toMatchObject({ code: 0 })
    expect(said.stdout).toContain('not saved, for nobody knows how: late')
    const read = (node: string) => bed.run('vk2', ['cat', `/tmp/saved/${node}.cfg`])
    expect((await read('sw1')).stdout).toBe('hostname sw1\nby-exec\nchanged-by-hand\n')
    expect((await read('leaf1')).stdout).toBe('{"host-name": "leaf"}\n')
    await until('the other host knows it', 30_000, async () => {
      const { stdout } = await hosts.skein('vk1', 'lab', 'saved', 'nos', 'r1')
      return stdout.includes('ip route 203.0.113.0/24 blackhole')
    })
    await up(lab('vk2'))
    expect(await running()).toBe('hostname sw1\nby-exec\nchanged-by-hand\nby-exec')
  })

  test('it outlives its lab, unless the file is enforced or it is forgotten', async () => {
    const down = async () => expect(await hosts.skein('vk1', 'lab', 'down', 'nos')).toMatchObject({ code: 0 })
    await down()
    expect((await hosts.skein('vk1', 'lab', 'saved', 'nos', 'leaf1', '--forget')).code).toBe(0)
    await up(lab('vk2', '      enforce-startup-config: true\n'))
    expect(await running()).toBe('hostname sw1\nby-exec')
    expect(await inNode('leaf1', 'cat', '/run/running.json')).toBe('{}')
    await routes('198.51.100.0/24', '203.0.113.0/24')
  })
})
