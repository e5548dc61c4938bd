import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SkeinHosts, skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

interface Lab {
  readonly state: string
  readonly nodes: readonly { readonly name: string; readonly host: string; readonly state: string }[]
  readonly links: readonly {
    readonly id: string
    readonly state: string
    readonly vni: number | null
    readonly mtu: number
    readonly endpoints: readonly { readonly vlan: number | null }[]
  }[]
}

const MAIN = new URL('../main.ts', import.meta.url).pathname
const TOOLS = ['dockerd', 'ovs-vsctl', 'wg', 'tcpdump', 'python3', 'nsenter']

const BRIDGE = `
name: br
topology:
  defaults: { kind: linux, image: "skein/net:test" }
  nodes:
    sw: { kind: bridge }
    a: { labels: { skein/host: f1 } }
    b: { labels: { skein/host: f2 } }
    c: { labels: { skein/host: f3 } }
    d: { labels: { skein/host: f1 } }
  links:
    - { endpoints: ["a:eth1", "sw:p1"], ipv4: ["10.1.0.1/24"] }
    - { endpoints: ["b:eth1", "sw:p2"], ipv4: ["10.1.0.2/24"] }
    - { endpoints: ["c:eth1", "sw:p3"], ipv4: ["10.1.0.3/24"] }
    - { endpoints: ["sw:p4", "d:eth1"], ipv4: ["", "10.1.0.4/24"] }
`

/** The form with nodes and links at the top, addresses at the ends. */
const SEEDS = `
name: seeds
nodes:
  r1: { kind: linux, image: "skein/net:test", host: f1 }
  r2: { kind: linux, image: "skein/net:test", host: f2 }
  r3: { kind: linux, image: "skein/net:test", host: f1 }
links:
  - r1: { ifname: eth1, ipv4: 10.0.0.1/24, ipv6: "fd00:1::1/64" }
    r2: { ifname: eth1, ipv4: 10.0.0.2/24, ipv6: "fd00:1::2/64" }
    mtu: 1500
  - r1: { ifname: eth2, ipv4: 10.0.2.1/24, ipv6: "fd00:2::1/64" }
    r3: { ifname: eth1, ipv4: 10.0.2.2/24, ipv6: "fd00:2::2/64" }
    mtu: 9000
`

const FEATURES = `
name: feat
topology:
  defaults: { kind: linux, image: "skein/net:test" }
  nodes:
    a:
      labels: { skein/host: f1 }
      cpu: 0.5
      memory: 64MB
      user: "65534"
      cmd: sleep 1000
      env: { GREETING: hello there }
      sysctls: { net.ipv4.conf.all.rp_filter: 2 }
      ports: ["8080:80"]
      binds: ["conf:/conf:ro"]
    b:
      labels: { skein/host: f2 }
      startup-delay: 3
      exec: ["sh -c 'echo done > /tmp/done'", "false"]
    once: { labels: { skein/host: f2 }, cmd: sleep 4, restart-policy: "no" }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
    - endpoints: ["a:eth2", "once:eth1"]
`

/** Slow protocols (LACP), LLDP and spanning tree: IEEE 802.1Q table 8-1; a plain bridge keeps them to itself. */
const RESERVED = ['01:80:c2:00:00:02', '01:80:c2:00:00:0e', '01:80:c2:00:00:00']
const SEND_FRAMES = `
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
for to in sys.argv[2:]:
    s.send(bytes.fromhex(to.replace(':', '')) + bytes.fromhex('020000000001' + '88b5') + b'x' * 60)
`

describeReal('what a lab file can say, over three hosts', TOOLS, () => {
  const bed = testbed({ prefix: 'f', hosts: 3, net: '10.86' })
  const hosts: SkeinHosts = skeinHosts(bed)
  const up = async (text: string): Promise<Lab> => {
    const command = ['sh', '-c', 'cd /tmp && exec "$@" lab up - --json', 'sh', process.execPath, MAIN]
    const { stdout } = await bed.run('f1', command, { stdin: text, timeoutMs: 120_000 })
    return JSON.parse(stdout) as Lab
  }
  const inNode = (lab: string, node: string, ...argv: readonly string[]) =>
    hosts.skein('f3', 'lab', 'exec', lab, node, '--', ...argv)
  const pings = async (lab: string, node: string, ...argv: readonly string[]) =>
    (await inNode(lab, node, 'ping', '-c', '1', '-W', '2', ...argv)).code === 0
  const pidOf = async (host: string, container: string) =>
    (await bed.run(host, ['docker', 'inspect', '-f', '{{.State.Pid}}', container])).stdout.trim()

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.configure('sweep-s: 5\nmemory-percent: 5\n')
    // All hosts of a testbed see the memory of one machine.
    await bed.run('f3', ['tee', '/etc/skein/config.yaml'], { stdin: 'sweep-s: 5\nmemory-percent: 10\n' })
    await hosts.makeMesh()
  })
  afterAll(() => bed.down())

  describe('a bridge over three hosts', () => {
    test('is one segment: four ends reach each other, by one VNI, flooded to both other hosts', async () => {
      const lab = await up(BRIDGE)
      expect(lab.state).toBe('up')
      expect(new Set(lab.links.map((link) => link.vni)).size).toBe(1)
      const pairs = ['a', 'b', 'c', 'd'].flatMap((from) => [1, 2, 3, 4].map((to) => [from, `10.1.0.${to}`] as const))
      const answers = await Promise.all(pairs.map(async ([from, to]) => `${from} ${to} ${await pings('br', from, to)}`))
      expect(answers.filter((answer) => !answer.endsWith('true'))).toEqual([])
      const script =
        'for d in $(ls /sys/class/net | grep ^skv); do grep -q :_mgmt: /sys/class/net/$d/ifalias || bridge fdb show dev $d; done'
      for (const host of bed.hosts) {
        const { stdout } = await bed.run(host, ['sh', '-c', script])
        expect(stdout.match(/^00:00:00:00:00:00 dst 10\.213\.0\.\d/gm)).toHaveLength(2)
      }
    })

    test('an unchanged second up changes nothing, and the plan says so', async () => {
      const ids = () => Promise.all(bed.hosts.map(async (host) => (await bed.run(host, ['docker', 'ps', '-q'])).stdout))
      const before = await ids()
      await bed.run('f1', ['tee', '/tmp/br.clab.yml'], { stdin: BRIDGE })
      const plan = await hosts.json<{ nodes: { change: string }[] }>('f1', 'lab', 'plan', '/tmp/br.clab.yml')
      expect(plan.nodes.map((node) => node.change)).toEqual(['keep', 'keep', 'keep', 'keep'])
      await up(BRIDGE)
      expect(await ids()).toEqual(before)
    })

    test.each([
      ['its container, removed', (): string[] => ['docker', 'rm', '-f', 'clab-br-a']],
      ['its container, restarted', (): string[] => ['docker', 'restart', '-t', '0', 'clab-br-a']],
      [
        'its port, detached',
        () => [
          'sh',
          '-c',
          "ovs-vsctl del-port $(ovs-vsctl --bare --columns=name find Port 'external_ids:skein=br/a\\:eth1')",
        ],
      ],
    ])('%s by hand, comes back with the next sweep', async (_what, harm) => {
      await bed.run('f1', harm())
      await until('a is back', 20_000, () => pings('br', 'd', '10.1.0.1'))
    })
  })

  describe('the short form, with addresses and MTUs', () => {
    beforeAll(async () => void (await up(SEEDS)))

    test('reaches over IPv4 and IPv6, on one host and between hosts', async () => {
      for (const to of ['10.0.0.2', 'fd00:1::2', '10.0.2.2', 'fd00:2::2'])
        await until(`r1 reaches ${to}`, 10_000, () => pings('seeds', 'r1', to))
    })

    test('frames of the MTU asked for pass whole, one byte more does not', async () => {
      const whole = (size: number, to: string) => pings('seeds', 'r1', '-M', 'do', '-s', String(size), to)
      expect(await whole(1472, '10.0.0.2')).toBe(true)
      expect(await whole(1473, '10.0.0.2')).toBe(false)
      expect(await whole(8972, '10.0.2.2')).toBe(true)
    })

    test.each([
      ['between hosts', 'eth1', 'f2', 'clab-seeds-r2'],
      ['on one host', 'eth2', 'f1', 'clab-seeds-r3'],
    ])('LACP, LLDP and spanning tree frames pass %s', async (_where, device, host, container) => {
      const [from, to] = [await pidOf('f1', 'clab-seeds-r1'), await pidOf(host, container)]
      const argv = ['-n', '-e', '-l', '-c', '3', '-i', 'eth1', 'ether proto 0x88b5']
      const captured = bed.run(host, ['timeout', '15', 'nsenter', '-t', to, '-n', 'tcpdump', ...argv], {
        okCodes: [0, 124],
      })
      const send = ['nsenter', '-t', from, '-n', 'python3', '-c', SEND_FRAMES, device, ...RESERVED]
      let isDone = false
      const done = captured.finally(() => {
        isDone = true
      })
      await until('the frames are seen', 20_000, async () => {
        await bed.run('f1', send)
        return isDone
      })
      const { stdout } = await done
      for (const address of RESERVED) expect(stdout).toContain(address)
    })
  })

  test('`lab up -` brings the files beside it along; limits, user, environment and delays hold', async () => {
    await bed.run('f1', ['mkdir', '-p', '/tmp/conf'])
    await bed.run('f1', ['tee', '/tmp/conf/x.txt'], { stdin: 'hello\n' })
    const startedMs = performance.now()
    const lab = await up(FEATURES)
    expect(performance.now() - startedMs).toBeGreaterThan(3000)
    expect(lab.state).toBe('up')
    const script = 'cat /conf/x.txt; id -u; echo $GREETING; cat /proc/sys/net/ipv4/conf/all/rp_filter'
    expect((await inNode('feat', 'a', 'sh', '-c', script)).stdout).toBe('hello\n65534\nhello there\n2\n')
    const format = '{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}}'
    expect((await bed.run('f1', ['docker', 'inspect', '-f', format, 'clab-feat-a'])).stdout.trim()).toBe(
      `${5e8} ${64 * 1024 ** 2}`,
    )
    expect((await inNode('feat', 'b', 'cat', '/tmp/done')).stdout).toBe('done\n')
    const shown = await hosts.json<{ notes: string[] }>('f2', 'lab', 'show', 'feat')
    expect(shown.notes).toEqual(['f2: b: `false` exited 1'])
  })

  test('a node that has ended well and is not to be started again is exited: its link is down, its lab up', async () => {
    const shown = await until('it has ended', 30_000, async () => {
      const lab = await hosts.json<Lab>('f3', 'lab', 'show', 'feat')
      return lab.nodes.find(({ name }) => name === 'once')?.state === 'exited' ? lab : undefined
    })
    expect(shown.state).toBe('up')
    expect(shown.links.map(({ id, state }) => [id, state])).toContainEqual(['a:eth2--once:eth1', 'down'])
  })

  describe('memory that nodes ask for', () => {
    /** MiB that a host may promise and has not promised yet, once it has told. */
    const left = (host: string): Promise<number> =>
      until(`${host} says what it has`, 30_000, async () => {
        const { capacity } = await hosts.json<{
          capacity: { memoryMiB: { limit: number | null; promised: number } }
        }>('f2', 'host', 'show', host)
        const { limit, promised } = capacity.memoryMiB
        return limit === null ? undefined : limit - promised
      })
    const asking = (name: string, nodes: Readonly<Record<string, number>>): string =>
      [
        `name: ${name}`,
        'topology:',
        '  defaults: { kind: linux, image: "skein/net:test", cmd: sleep 1000 }',
        '  nodes:',
        ...Object.entries(nodes).map(([node, mib]) => `    ${node}: { memory: ${mib}MiB }`),
      ].join('\n')
    const write = async (host: string, topology: string): Promise<string> => {
      await bed.run(host, ['tee', '/tmp/asking.clab.yml'], { stdin: topology })
      return '/tmp/asking.clab.yml'
    }
    const containers = async (lab: string): Promise<string> => {
      const filter = `name=clab-${lab}-`
      const found = await Promise.all(bed.hosts.map((host) => bed.run(host, ['docker', 'ps', '-aqf', filter])))
      return found.map(({ stdout }) => stdout).join('')
    }

    test('more than a host has left goes to the one that has it, which the plan explains and the host then counts', async () => {
      const before = { f1: await left('f1'), f3: await left('f3') }
      const wish = before.f1 + 100
      const file = await write('f1', asking('large', { big: wish, small: 16 }))
      const { stdout } = await hosts.skein('f1', 'lab', 'plan', file)
      expect(stdout).toMatch(
        new RegExp(
          `big .*f3 .*only f3 can take it: f1: memory: needs ${wish} MiB, has ${before.f1} of \\d+ left, promised`,
        ),
      )
      const plan = await hosts.json<{
        nodes: { name: string; scores: { host: string; score?: number; why?: string }[] }[]
      }>('f2', 'lab', 'plan', await write('f2', asking('large', { big: wish, small: 16 })))
      expect(
        plan.nodes
          .find(({ name }) => name === 'small')
          ?.scores.map(({ host }) => host)
          .sort(),
      ).toEqual([...bed.hosts])
      const lab = await up(asking('large', { big: wish, small: 16 }))
      expect(lab.nodes.find(({ name }) => name === 'big')).toMatchObject({ host: 'f3', state: 'running' })
      expect(await left('f3')).toBeLessThanOrEqual(before.f3 - wish)
      expect(await hosts.skein('f2', 'lab', 'down', 'large')).toMatchObject({ code: 0 })
      await until('its memory is there again', 20_000, async () => (await left('f3')) === before.f3)
    })

    test('more than any host has refuses the whole lab, with what each has', async () => {
      const wish = (await left('f3')) + 1
      const file = await write('f1', asking('huge', { ok: 16, one: wish, two: wish }))
      const { code, stderr } = await hosts.skein('f1', 'lab', 'up', file)
      expect(code).toBe(1)
      for (const node of ['one', 'two'])
        expect(stderr).toMatch(
          new RegExp(`${node} fits on no host: f1: memory: .*; f2: memory: .*; f3: memory: needs ${wish}`),
        )
      expect(stderr).not.toContain('ok fits')
      expect(await containers('huge')).toBe('')
      expect((await hosts.json<{ name: string }[]>('f2', 'lab', 'ls')).map(({ name }) => name)).not.toContain('huge')
    })

    test('of two labs asked for at once that cannot both have it one gets it, and the other one once that is gone', async () => {
      const wish = Math.ceil((await left('f3')) * 0.6)
      const labs = ['first', 'second']
      const begun = await Promise.all(
        labs.map(async (name, at) => {
          const host = at === 0 ? 'f1' : 'f2'
          return hosts.skein(host, 'lab', 'up', await write(host, asking(name, { n: wish })), '--detach')
        }),
      )
      // Who asks late enough to know of the other one is refused at once, and asks again.
      const states = () =>
        Promise.all(
          labs.map(async (name, at) =>
            begun[at]?.code === 0 ? (await hosts.json<Lab>('f3', 'lab', 'show', name)).state : 'refused',
          ),
        )
      const found = await until('one is up', 60_000, async () => {
        const now = await states()
        return now.includes('up') && !now.includes('creating') ? now : undefined
      })
      expect(found.toSorted()).toEqual([expect.stringMatching(/pending|refused/), 'up'])
      const [winner = '', loser = ''] = found[0] === 'up' ? labs : labs.toReversed()
      expect(await containers(loser)).toBe('')
      expect(await hosts.skein('f3', 'lab', 'down', winner)).toMatchObject({ code: 0 })
      if (found.includes('refused')) await up(asking(loser, { n: wish }))
      await until(
        'the other one is up',
        60_000,
        async () => (await hosts.json<Lab>('f3', 'lab', 'show', loser)).state === 'up',
      )
      expect(await hosts.skein('f3', 'lab', 'down', loser)).toMatchObject({ code: 0 })
    })
  })

  test('a host that loses power comes back with the same numbers', async () => {
    const numbers = async () =>
      (await hosts.json<Lab>('f1', 'lab', 'show', 'br')).links.map((link) => [
        link.id,
        link.vni,
        link.endpoints.map((end) => end.vlan),
      ])
    const before = await numbers()
    await bed.kill('f2')
    await bed.boot('f2')
    await hosts.start('f2')
    await until('b answers again', 30_000, () => pings('br', 'a', '10.1.0.2'))
    expect(await numbers()).toEqual(before)
  })
})
