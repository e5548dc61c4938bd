import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Impairment } from '#core/model/impairment.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

const TOOLS = ['dockerd', 'ovs-vsctl', 'wg', 'tcpdump', 'tc', 'nsenter', 'unshare']
const LAB = `
name: imp
topology:
  defaults: { kind: linux, image: "skein/net:test" }
  nodes:
    a: { host: j1, exec: ["sh -c 'iperf3 -s -D'"] }
    b: { host: j2, exec: ["sh -c 'iperf3 -s -D'"] }
    c: { host: j1, exec: ["sh -c 'iperf3 -s -D'"] }
    sw: { kind: bridge }
    talk: { host: j2, image: "alpine:3", cmd: "sh -c 'i=0; while true; do i=$((i+1)); echo line $i; echo bad $i >&2; sleep 1; done'" }
  links:
    - { endpoints: ["a:eth1", "b:eth1"], ipv4: ["10.0.0.1/24", "10.0.0.2/24"] }
    - { endpoints: ["a:eth2", "c:eth1"], ipv4: ["10.0.1.1/24", "10.0.1.2/24"], impairment: { rate: 20mbit } }
    - { endpoints: ["c:eth2", "sw:p1"], ipv4: ["10.0.2.1/24"] }
    - { endpoints: ["b:eth2", "sw:p2"], ipv4: ["10.0.2.2/24"] }
`
const CROSS = 'a:eth1--b:eth1'

interface Link {
  readonly id: string
  readonly state: string
  readonly error?: string
  readonly impairments?: Readonly<Record<string, Impairment>>
}

describeReal('links made worse on purpose, and what goes over them', TOOLS, () => {
  const bed = testbed({ prefix: 'j', hosts: 2, net: '10.62' })
  const hosts = skeinHosts(bed)
  const { json } = hosts
  const skein = (host: string, ...args: readonly string[]) => hosts.skein(host, 'lab', ...args)
  const set = (host: string, end: string, ...args: readonly string[]) => skein(host, 'link', 'set', 'imp', end, ...args)
  const at: Readonly<Record<string, string>> = { a: 'j1', b: 'j2', c: 'j1', talk: 'j2' }
  const inside = async (node: string, script: string) =>
    bed.run(at[node] ?? '', ['docker', 'exec', `clab-imp-${node}`, 'sh', '-c', script], {
      okCodes: Array.from({ length: 256 }, (_, code) => code),
      timeoutMs: 60_000,
    })
  const link = async (id: string, host = 'j1'): Promise<Link | undefined> =>
    (await json<readonly Link[]>(host, 'lab', 'links', 'imp')).find((one) => one.id === id)
  const generation = async (): Promise<number> =>
    (await json<{ generation: number }>('j1', 'lab', 'show', 'imp')).generation
  const isLinked = async (from: string, address: string): Promise<boolean> =>
    (await inside(from, `ping -c 1 -W 1 ${address}`)).code === 0
  const carriers = async (): Promise<readonly string[]> =>
    Promise.all(['a', 'b'].map(async (node) => (await inside(node, 'cat /sys/class/net/eth1/carrier')).stdout.trim()))
  /** Megabits a second that arrive, as iperf3 measures them. */
  const rate = async (from: string, address: string, ...more: readonly string[]): Promise<number> => {
    const said = await inside(from, `iperf3 -J -t 3 -O 1 -c ${address} ${more.join(' ')}`)
    const { end, error } = JSON.parse(said.stdout) as {
      end: { sum_received?: { bits_per_second: number } }
      error?: string
    }
    if (end.sum_received === undefined) throw new Error(error)
    return end.sum_received.bits_per_second / 1e6
  }
  /** Root qdiscs of ours on a host. */
  const ours = async (host: string): Promise<readonly { readonly dev: string; readonly handle: string }[]> => {
    const rows = JSON.parse((await bed.run(host, ['tc', '-j', 'qdisc', 'show'])).stdout) as readonly {
      dev: string
      handle: string
    }[]
    return rows.filter(({ handle }) => handle.startsWith('5ce'))
  }
  /** A rate is never exceeded, and reached; a busy machine may be slow twice. */
  const carries = async (asked: number, from: string, address: string, ...more: readonly string[]): Promise<void> => {
    let best = 0
    for (let tries = 3; tries > 0 && best < asked * 0.8; tries -= 1) {
      const measured = await rate(from, address, ...more)
      console.info(`asked ${asked} Mbit/s, measured ${measured.toFixed(2)}`)
      expect(measured).toBeLessThan(asked * 1.1)
      best = Math.max(best, measured)
    }
    expect(best).toBeGreaterThan(asked * 0.8)
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    await bed.run('j1', ['tee', '/tmp/imp.clab.yml'], { stdin: LAB })
    const up = await skein('j1', 'up', '/tmp/imp.clab.yml', '--timeout', '120s')
    expect(up, up.stderr).toMatchObject({ code: 0 })
  })
  afterAll(async () => bed.down())

  test('a rate in the file holds in both directions', async () => {
    await carries(20, 'a', '10.0.1.2')
    await carries(20, 'a', '10.0.1.2', '-R')
    expect((await skein('j2', 'links', 'imp')).stdout).toContain('rate 20mbit')
  })

  test('a rate set live, from the other host and across hosts, holds, and its nodes run on', async () => {
    const pids = async () =>
      Promise.all(
        ['a', 'b', 'c'].map((node) =>
          bed.run(at[node] ?? '', ['docker', 'inspect', '-f', '{{.State.Pid}}', `clab-imp-${node}`]),
        ),
      )
    const before = (await pids()).map(({ stdout }) => stdout)
    const done = await set('j2', 'a:eth1', '--rate', '5mbit')
    expect(done, done.stderr).toMatchObject({ code: 0 })
    expect(done.stdout).toContain('rate 5mbit')
    await carries(5, 'a', '10.0.0.2')
    await carries(5, 'a', '10.0.0.2', '-R')
    expect((await pids()).map(({ stdout }) => stdout)).toEqual(before)
    const { stdout } = await hosts.skein('j1', 'events', '--lab', 'imp')
    expect(stdout).toContain('LINK_IMPAIRED')
  })

  test('of one end only what it sends', async () => {
    expect(await set('j1', 'a:eth1', '--clear')).toMatchObject({ code: 0 })
    expect(await set('j1', 'a:eth1', '--rate', '3mbit', '--one-end')).toMatchObject({ code: 0 })
    await carries(3, 'a', '10.0.0.2')
    expect(await rate('a', '10.0.0.2', '-R')).toBeGreaterThan(6)
  })

  test('a queueing discipline taken away by hand comes back, here and after a restart of the agent', async () => {
    const [there] = await ours('j2')
    if (there === undefined) throw new Error('nothing of ours on j2')
    await bed.run('j2', ['tc', 'qdisc', 'del', 'dev', there.dev, 'root'])
    await until('it is back', 10_000, async () => (await ours('j2')).some(({ dev }) => dev === there.dev))
    await until('it was told', 15_000, async () =>
      /impairment of b:eth1 was mended/.test(
        (await hosts.skein('j1', 'events', '--lab', 'imp', '--limit', '200')).stdout,
      ),
    )
    await hosts.killAgent('j2')
    await bed.run('j2', ['tc', 'qdisc', 'replace', 'dev', there.dev, 'root', 'handle', '1:', 'pfifo', 'limit', '5'])
    await hosts.start('j2')
    await until('it is back', 20_000, async () => (await ours('j2')).some(({ dev }) => dev === there.dev))
  })

  test('between a node and a bridge what the node sends is shaped inside it; its own queueing stays its own', async () => {
    const mine = () => inside('c', 'tc qdisc show dev eth2')
    await inside('c', 'tc qdisc add dev eth2 root handle 7: pfifo limit 77')
    const refused = await set('j1', 'c:eth2', '--rate', '4mbit', '--one-end', '--timeout', '8s')
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('queueing discipline of its own') })
    expect((await mine()).stdout).toContain('pfifo 7:')
    await inside('c', 'tc qdisc del dev eth2 root')
    await skein('j1', 'reconcile', 'imp')
    await until('shaped inside', 15_000, async () => (await mine()).stdout.includes('tbf 5ce1:'))
    await carries(4, 'c', '10.0.2.2')
    await inside('c', 'tc qdisc del dev eth2 root')
    await skein('j1', 'reconcile', 'imp')
    await until('shaped again', 15_000, async () => (await mine()).stdout.includes('tbf 5ce1:'))
    expect(await set('j2', 'c:eth2', '--clear')).toMatchObject({ code: 0 })
    expect((await mine()).stdout).not.toContain('5ce')
  })

  test('down is no carrier at both ends, is not mended, outlives a restart, and ends', async () => {
    expect(await set('j1', 'a:eth1', '--clear', '--down')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('down (asked for)'),
    })
    expect(await carriers()).toEqual(['0', '0'])
    expect(await isLinked('a', '10.0.0.2')).toBe(false)
    const since = await generation()
    await hosts.killAgent('j1')
    await hosts.start('j1')
    await until('told again', 30_000, async () => (await link(CROSS, 'j2'))?.state === 'down')
    await skein('j2', 'reconcile', 'imp')
    expect([await carriers(), await generation()]).toEqual([['0', '0'], since])
    const state = async () => (await json<{ state: string }>('j2', 'lab', 'show', 'imp')).state
    await until('the lab counts as up', 30_000, async () => (await state()) === 'up')
    const up = await set('j2', 'b:eth1', '--up')
    expect(up, up.stderr).toMatchObject({ code: 0 })
    expect(await carriers()).toEqual(['1', '1'])
    await until('pings', 10_000, () => isLinked('a', '10.0.0.2'))
    const { stdout } = await hosts.skein('j1', 'events', '--lab', 'imp', '--limit', '500')
    // Killed agents and a busy machine have news of their own.
    expect(stdout).not.toMatch(/no carrier|down is asked for|is down/)
  })

  test('a flapping link goes down and up at both ends by its schedule', async () => {
    expect(await set('j1', 'a:eth1', '--flap', '2s/2s')).toMatchObject({ code: 0 })
    for (const [what, state] of [
      ['down', '0'],
      ['up', '1'],
      ['down again', '0'],
    ])
      await until(what ?? '', 15_000, async () => (await carriers()).every((one) => one === state))
    expect(await set('j1', 'a:eth1', '--clear')).toMatchObject({ code: 0 })
    await until('up for good', 15_000, async () => (await carriers()).every((one) => one === '1'))
    expect((await link(CROSS))?.impairments).toBeUndefined()
  })

  test('what these kernels lack is refused before anything changes, with what they can', async () => {
    const able = await json<readonly { capabilities?: readonly string[] }[]>('j1', 'host', 'ls')
    if (able.every(({ capabilities = [] }) => capabilities.includes('netem'))) return
    const since = await generation()
    const refused = await set('j1', 'a:eth1', '--delay', '10ms')
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toMatch(
      /needs netem for delay 10ms at .*rate, down and flap go without.*host j[12] lacks it/,
    )
    const file = LAB.replace('rate: 20mbit', 'delay: 10ms')
    await bed.run('j1', ['tee', '/tmp/slow.clab.yml'], { stdin: file })
    for (const verb of ['plan', 'up'])
      expect(await skein('j1', verb, '/tmp/slow.clab.yml')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('netem'),
      })
    expect(await generation()).toBe(since)
  })

  test('frames of a node are captured from another host, and a capture ends with who reads it', async () => {
    const capturing = skein(
      'j2',
      'capture',
      'imp',
      'a:eth1',
      '-w',
      '/tmp/a.pcap',
      '--filter',
      'icmp',
      '--count',
      '6',
      '--duration',
      '60s',
    )
    const tcpdumps = async (): Promise<number> =>
      Number((await bed.run('j1', ['sh', '-c', 'pgrep -xc tcpdump || true'])).stdout)
    await until('it captures', 15_000, async () => (await tcpdumps()) > 0)
    // tcpdump runs some time before it hears the first frame.
    const pinging = inside('a', 'ping -c 30 -i 0.2 10.0.0.2')
    expect(await capturing).toMatchObject({ code: 0 })
    await pinging
    const { stdout } = await bed.run('j2', ['tcpdump', '-n', '-r', '/tmp/a.pcap'])
    expect(stdout.match(/ICMP echo/g)).toHaveLength(6)
    expect(stdout.match(/10\.0\.0\.1 > 10\.0\.0\.2: ICMP echo request/g)).toHaveLength(3)
    expect(stdout.match(/10\.0\.0\.2 > 10\.0\.0\.1: ICMP echo reply/g)).toHaveLength(3)
    const reader = await bed.spawn('j2', [
      'curl',
      '-s',
      '--unix-socket',
      '/run/skein/skein.sock',
      '-o',
      '/tmp/b.pcap',
      'http://skein/v1/labs/imp/nodes/a/interfaces/eth1/capture',
    ])
    await until('it captures', 15_000, async () => (await tcpdumps()) > 0)
    await bed.run('j2', ['kill', '-9', String(reader)])
    await until('tcpdump is gone', 15_000, async () => (await tcpdumps()) === 0)
    expect(
      await skein('j2', 'capture', 'imp', 'a:eth1', '-w', '/tmp/c.pcap', '--filter', 'no such thing'),
    ).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('syntax error'),
    })
    expect(await skein('j2', 'capture', 'imp', 'a:eth7', '-w', '/tmp/c.pcap')).toMatchObject({ code: 2 })
  })

  test('what a node prints is read from another host, and goes on', async () => {
    const last = await skein('j1', 'logs', 'imp', 'talk', '--tail', '4')
    expect([last.code, last.stdout.split('\n').filter((line) => /^(line|bad) \d+/.test(line)).length]).toEqual([0, 4])
    const followed = await bed.run(
      'j1',
      [
        'timeout',
        '-s',
        'INT',
        '15',
        process.execPath,
        new URL('../main.ts', import.meta.url).pathname,
        'lab',
        'logs',
        'imp',
        'talk',
        '-f',
        '--tail',
        '0',
      ],
      { okCodes: [0, 124, 130] },
    )
    const numbers = [...followed.stdout.matchAll(/line (\d+)/g)].map(([, number]) => Number(number))
    expect(numbers.length).toBeGreaterThan(2)
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i))
    const none = await skein('j1', 'logs', 'imp', 'nobody')
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('no node nobody') })
  })

  test('the same file takes live changes away, as its plan says; the lab goes without a trace', async () => {
    expect(await set('j1', 'b:eth1', '--rate', '1mbit')).toMatchObject({ code: 0 })
    expect((await skein('j2', 'plan', '/tmp/imp.clab.yml')).code).toBe(2)
    expect((await skein('j1', 'plan', '/tmp/imp.clab.yml')).stdout).toContain('rate 1mbit no longer')
    expect(await skein('j1', 'up', '/tmp/imp.clab.yml')).toMatchObject({ code: 0 })
    expect((await link(CROSS))?.impairments).toBeUndefined()
    await until(
      'only what the file says',
      10_000,
      async () => (await ours('j1')).length === 2 && (await ours('j2')).length === 0,
    )
    expect(await skein('j1', 'down', 'imp')).toMatchObject({ code: 0 })
    expect([await ours('j1'), await ours('j2')]).toEqual([[], []])
  })
})
