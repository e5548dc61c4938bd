import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SkeinHosts, skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { type End, endBond, FRAMES, isNegotiated, lost, makeBond, throughput } from './p2p-support.ts'

interface Link {
  readonly id: string
  readonly state: string
  readonly mtu: number
  readonly pathMtu?: number
  readonly error?: string
}

interface Told {
  readonly code: string
  readonly atMs: number
  readonly message: string
}

const FOLDER = '/tmp/p2p'
const LAB = `
name: p2p
topology:
  defaults: { kind: linux, image: "skein/net:test" }
  nodes:
    a: { labels: { skein/host: i1 } }
    b: { labels: { skein/host: i2 } }
    c: { labels: { skein/host: i1 } }
    sw: { kind: bridge }
    r1:
      image: quay.io/frrouting/frr:10.5.1
      labels: { skein/host: i1 }
      binds: ["daemons:/etc/frr/daemons", "r1.conf:/etc/frr/frr.conf"]
    r2:
      image: quay.io/frrouting/frr:10.5.1
      labels: { skein/host: i2 }
      binds: ["daemons:/etc/frr/daemons", "r2.conf:/etc/frr/frr.conf"]
  links:
    - { endpoints: ["a:eth1", "b:eth1"], mtu: 9000, ipv4: ["10.1.0.1/24", "10.1.0.2/24"] }
    - { endpoints: ["a:eth2", "b:eth2"], ipv4: ["10.2.0.1/24", "10.2.0.2/24"] }
    - { endpoints: ["a:eth3", "c:eth1"], ipv4: ["10.3.0.1/24", "10.3.0.2/24"] }
    - { endpoints: ["r1:eth1", "r2:eth1"] }
    - { endpoints: ["a:eth4", "sw:p1"], ipv4: ["10.4.0.1/24"] }
    - { endpoints: ["b:eth4", "sw:p2"], ipv4: ["10.4.0.2/24"] }
    - { endpoints: ["c:eth4", "sw:p3"], ipv4: ["10.4.0.3/24"] }
`

const router = (number: number): string => `frr defaults traditional
hostname r${number}
interface eth1
 ip address 10.9.0.${number}/30
 ip router isis LAB
exit
interface lo
 ip address 10.255.0.${number}/32
 ip router isis LAB
exit
router isis LAB
 net 49.0001.0000.0000.000${number}.00
 is-type level-2-only
exit
`

const BONDED = `
name: bonded
topology:
  defaults: { kind: linux, image: "skein/net:test" }
  nodes:
    x: { labels: { skein/host: i1 } }
    y: { labels: { skein/host: i2 } }
  links:
    - endpoints: ["x:eth1", "y:eth1"]
    - endpoints: ["x:eth2", "y:eth2"]
`

const TOOLS = ['dockerd', 'ovs-vsctl', 'ovs-ofctl', 'ovsdb-tool', 'wg', 'tcpdump', 'python3', 'nsenter', 'iperf3']

describeReal('point-to-point links carry everything', TOOLS, () => {
  const bed = testbed({ prefix: 'i', hosts: 2, net: '10.61' })
  const hosts: SkeinHosts = skeinHosts(bed)
  const sh = async (host: string, script: string) =>
    (await bed.run(host, ['sh', '-c', script], { timeoutMs: 60_000 })).stdout
  const up = (file: string, ...more: readonly string[]) =>
    hosts.skein('i1', 'lab', 'up', `${FOLDER}/${file}`, '--timeout', '90s', ...more)
  const links = (host = 'i2') => hosts.json<Link[]>(host, 'lab', 'links', 'p2p')
  const link = async (id: string) => (await links()).find((one) => one.id === id)
  const end = async (host: string, node: string, device: string, lab = 'p2p'): Promise<End> => {
    const pid = (
      await bed.run(host, ['docker', 'inspect', '-f', '{{.State.Pid}}', `clab-${lab}-${node}`])
    ).stdout.trim()
    return { host, pid, device }
  }
  const inside = async ({ host, pid }: End, ...argv: readonly string[]) =>
    bed.run(host, ['nsenter', '-t', pid, '-n', ...argv], { okCodes: [0, 1, 2] })
  const pings = async (from: End, ...argv: readonly string[]) =>
    (await inside(from, 'ping', '-c', '2', '-i', '0.2', '-W', '2', ...argv)).code === 0

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    const daemons =
      'zebra=yes\nisisd=yes\nzebra_options="--daemon -A 127.0.0.1"\nisisd_options="--daemon -A 127.0.0.1"\nvtysh_enable=yes\n'
    const files = {
      'p2p.clab.yml': LAB,
      'r1.conf': router(1),
      'r2.conf': router(2),
      daemons,
      'bonded.clab.yml': BONDED,
    }
    await sh('i1', `mkdir -p ${FOLDER}`)
    for (const [name, stdin] of Object.entries(files)) await bed.run('i1', ['tee', `${FOLDER}/${name}`], { stdin })
    const said = await up('p2p.clab.yml')
    expect(said, said.stderr).toMatchObject({ code: 0 })
  })
  afterAll(() => bed.down())

  describe.each([
    ['between hosts', 'i1', 'a', 'eth2', 'i2', 'b', 'eth2'],
    ['and back', 'i2', 'b', 'eth2', 'i1', 'a', 'eth2'],
    ['on one host', 'i1', 'a', 'eth3', 'i1', 'c', 'eth1'],
  ] as const)('%s', (_where, fromHost, from, out, toHost, to, into) => {
    test('every frame arrives as it was sent', async () => {
      const ends = { from: await end(fromHost, from, out), to: await end(toHost, to, into) }
      expect(await lost(bed, ends, FRAMES)).toEqual([])
    })
  })

  test('frames of the MTU asked for arrive whole between hosts, tagged ones too', async () => {
    const ends = { from: await end('i1', 'a', 'eth1'), to: await end('i2', 'b', 'eth1') }
    const large = (tag: string) => `020000000002020000000001${tag}88b5`.padEnd(2 * (14 + tag.length / 2 + 9000), 'c3')
    expect(await lost(bed, ends, { plain: large(''), tagged: large('8100002a') })).toEqual([])
    expect(await pings(ends.from, '-M', 'do', '-s', '8972', '10.1.0.2')).toBe(true)
    expect(await pings(ends.from, '-M', 'do', '-s', '8973', '10.1.0.2')).toBe(false)
  })

  test('a segment of three forwards every frame to both others', async () => {
    const from = await end('i1', 'a', 'eth4')
    for (const to of [await end('i2', 'b', 'eth4'), await end('i1', 'c', 'eth4')])
      expect(await lost(bed, { from, to }, FRAMES)).toEqual([])
  })

  test('IS-IS comes up between two routers on two hosts, and its routes carry', async () => {
    const r1 = await end('i1', 'r1', 'eth1')
    const show = async (what: string) =>
      (await bed.run('i1', ['docker', 'exec', 'clab-p2p-r1', 'vtysh', '-c', what], { okCodes: [0, 1] })).stdout
    await until('the adjacency is up', 60_000, async () =>
      /r2\s+eth1\s+2\s+Up/.test(await show('show isis neighbor')),
    ).catch(async (error) => {
      console.info(
        await show('show isis neighbor'),
        await show('show isis interface detail'),
        await show('show logging'),
      )
      throw error
    })
    await until('r1 reaches the loopback of r2', 60_000, () => pings(r1, '-I', '10.255.0.1', '10.255.0.2'))
  })

  test('LACP comes up over two links between hosts', async () => {
    expect(await up('bonded.clab.yml')).toMatchObject({ code: 0 })
    const [x, y] = [await end('i1', 'x', 'eth1', 'bonded'), await end('i2', 'y', 'eth1', 'bonded')]
    try {
      await makeBond(bed, x, ['x', 'eth1', 'eth2'])
      await makeBond(bed, y, ['y', 'eth1', 'eth2'])
      for (const [at, name] of [
        [x, 'x'],
        [y, 'y'],
      ] as const)
        await until(`LACP of ${name} is negotiated`, 20_000, () => isNegotiated(bed, at, name))
    } finally {
      await endBond(bed, x, 'x')
      await endBond(bed, y, 'y')
    }
    expect(await hosts.skein('i1', 'lab', 'down', 'bonded')).toMatchObject({ code: 0 })
  })

  test('the MTU of each way is shown; a file that asks for more is told so, or refused where that is asked', async () => {
    expect(await link('a:eth1--b:eth1')).toMatchObject({ mtu: 9000, pathMtu: 1370 })
    expect(await link('a:eth3--c:eth1')).toMatchObject({ mtu: 9500 })
    const large = LAB.replace('name: p2p', 'name: large')
    await bed.run('i1', ['tee', `${FOLDER}/large.clab.yml`], { stdin: large })
    const said = await up('large.clab.yml', '--strict-mtu')
    expect(said).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a:eth1--b:eth1: packets over 1370 of its 9000 bytes go in pieces'),
    })
    expect(await hosts.skein('i2', 'lab', 'show', 'large')).toMatchObject({ code: 1 })
  })

  describe('damage to flows', () => {
    /** Runs a harm on i1; answers how long until its cause was told, and what it was. */
    const told = async (harm: string, cause: RegExp) => {
      const startMs = Number(await sh('i1', `date +%s%3N; ${harm}`))
      const event = await until('the cause is told on the other host', 10_000, async () => {
        const { stdout } = await hosts.skein('i2', 'events', '--lab', 'p2p', '--json')
        const events: readonly Told[] = stdout.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)))
        return events.find(
          ({ code, atMs, message }) => code === 'LINK_BROKEN' && atMs >= startMs && cause.test(message),
        )
      })
      return event.atMs - startMs
    }
    const ways = async () =>
      (await sh('i1', 'ovs-ofctl dump-flows skein0 | grep -c cookie=0x736b65696e || true')).trim()
    const isUp = async () => (await link('a:eth2--b:eth2'))?.state === 'up'
    /** How many flows of cables there are once all is well. */
    const whole = () =>
      until('all is well', 30_000, async () => {
        const count = await ways()
        return Number(count) > 0 && (await isUp()) && count
      })
    const number = (node: string, device: string) =>
      `$(ovs-vsctl get Interface $(ovs-vsctl --bare --columns=name find Port 'external_ids:skein=p2p/${node}\\:${device}') ofport)`

    test.each([
      [
        'one way deleted',
        `ovs-ofctl --strict del-flows skein0 priority=100,in_port=${number('a', 'eth2')}`,
        /flows of a:eth2--b:eth2: none for what comes in by port \d+/,
      ],
      [
        'one way drops',
        `ovs-ofctl mod-flows skein0 in_port=${number('a', 'eth2')},actions=drop`,
        /flows of a:eth2--b:eth2: what comes in by port \d+ gets drop/,
      ],
      [
        'another flow above',
        `ovs-ofctl add-flow skein0 priority=200,in_port=${number('a', 'eth2')},actions=drop`,
        /bridge skein0: its flows were changed/,
      ],
      ['all deleted', 'ovs-ofctl del-flows skein0', /bridge skein0: its flows were changed/],
    ])('%s: named within 2 s, and mended', async (_what, harm, cause) => {
      const before = await whole()
      const toldMs = await told(harm, cause)
      await until('it is mended', 20_000, async () => (await ways()) === before && (await isUp()))
      const ends = { from: await end('i1', 'a', 'eth2'), to: await end('i2', 'b', 'eth2') }
      expect(await lost(bed, ends, FRAMES)).toEqual([])
      expect(toldMs).toBeLessThan(2_000)
    })

    test('flows are back after ovs-vswitchd was killed', async () => {
      const before = await whole()
      await sh(
        'i1',
        'kill -9 $(cat /var/run/openvswitch/ovs-vswitchd.pid); sleep 1; ovs-vswitchd -vconsole:off --pidfile --detach --no-chdir --log-file',
      )
      await until('the flows are back', 30_000, async () => (await ways()) === before && (await isUp()))
      const ends = { from: await end('i1', 'a', 'eth2'), to: await end('i2', 'b', 'eth2') }
      expect(await lost(bed, ends, FRAMES)).toEqual([])
    })

    test('a node that was started again is wired again', async () => {
      await sh('i1', 'docker restart -t 0 clab-p2p-a')
      await until('all links are up', 30_000, async () => (await links()).every(({ state }) => state === 'up'))
      const ends = { from: await end('i1', 'a', 'eth2'), to: await end('i2', 'b', 'eth2') }
      expect(await lost(bed, ends, FRAMES)).toEqual([])
    })
  })

  test('throughput by MTU', async () => {
    const at = async (host: string, node: string) => end(host, node, 'eth1')
    const [a, b, c] = [await at('i1', 'a'), await at('i2', 'b'), await at('i1', 'c')]
    const table = {
      'between hosts, 9000': await throughput(bed, { from: a, to: b }, '10.1.0.2'),
      'between hosts, 9500': await throughput(bed, { from: a, to: b }, '10.2.0.2'),
      'on one host, 9500': await throughput(bed, { from: a, to: c }, '10.3.0.2'),
    }
    console.info(
      Object.entries(table)
        .map(([what, mbps]) => `${what}: ${mbps.toFixed(0)} Mbit/s`)
        .join('\n'),
    )
    for (const mbps of Object.values(table)) expect(mbps).toBeGreaterThan(5)
  })

  test('networks that carry less: WireGuard follows, and what passes whole is told', async () => {
    for (const host of bed.hosts) await sh(host, 'ip link set eth0 mtu 1400')
    await until('WireGuard follows', 20_000, async () =>
      (await Promise.all(bed.hosts.map((host) => sh(host, 'cat /sys/class/net/skw0/mtu')))).every(
        (mtu) => mtu.trim() === '1320',
      ),
    )
    await until('it is told', 10_000, async () => (await link('a:eth1--b:eth1'))?.pathMtu === 1270)
    const a = await end('i1', 'a', 'eth1')
    await until('large packets pass', 10_000, () => pings(a, '-M', 'do', '-s', '8972', '10.1.0.2'))
    for (const host of bed.hosts) await sh(host, 'ip link set eth0 mtu 1500')
    await until(
      'WireGuard follows back',
      20_000,
      async () => (await sh('i1', 'cat /sys/class/net/skw0/mtu')).trim() === '1420',
    )
  })
})
