import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { gapsOf, PAIR, PING_MS } from './paths-support.ts'

const TOOLS = ['dockerd', 'ovs-vsctl', 'wg', 'ping', 'tcpdump']
/** Default thresholds: three probes of 250 ms, and the time to act. A loaded machine takes its share. */
const BACK_MS = 2_000
const WRONG_MS = 750

/** Fewer than by default: each failure that comes soon after the last doubles it, up to sixteen times, and here all do. */
const GOOD = 6
/** That many probes of 250 ms, begun anew twice because one was lost on a full machine. */
const PATIENT_MS = GOOD * 16 * 250 * 3

interface HostEvent {
  readonly host: string
  readonly code: string
  readonly about?: string
  readonly message: string
}

describeReal('two networks between hosts', TOOLS, () => {
  const bed = testbed({ prefix: 'p', hosts: 3, net: '10.72' })
  const hosts = skeinHosts(bed)
  const at = (host: string, path: 1 | 2): string => `${bed.address(host, path)}:51820`
  const endpoints = async (host: string): Promise<readonly string[]> =>
    (await bed.run(host, ['wg', 'show', 'all', 'endpoints'])).stdout
      .split('\n')
      .flatMap((line) => (line === '' ? [] : (line.split('\t').at(-1) ?? [])))
      .toSorted()
  const uses = (path: 1 | 2) =>
    until(`p1 and p2 use path ${path}`, PATIENT_MS, async () => {
      const [one, two] = await Promise.all([endpoints('p1'), endpoints('p2')])
      return one.includes(at('p2', path)) && two.includes(at('p1', path))
    })
  /** What p1 told of its own paths, oldest first. */
  const switches = async (): Promise<readonly HostEvent[]> => {
    const { stdout } = await hosts.skein('p1', 'events', '--json', '--host', 'p1', '--limit', '1000')
    const lines = stdout.split('\n').filter((line) => line !== '')
    return lines
      .map((line) => JSON.parse(line) as HostEvent)
      .filter(({ code, about }) => code === 'PATH_SWITCHED' && about === 'p2')
  }
  const states = async (host: string): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries(
      (await hosts.json<{ name: string; state: string }[]>(host, 'host', 'ls')).map(({ name, state }) => [name, state]),
    )
  /** Pings over the lab's link while `harm` is done and until its end is seen. */
  const pinging = async (harm: () => Promise<unknown>) => {
    const { ping, stop } = await startPing()
    await harm()
    await pause(500)
    await stop()
    return gapsOf((await ping).stdout)
  }
  const startPing = async () => {
    const { stdout } = await bed.run('p1', ['docker', 'inspect', '-f', '{{.State.Pid}}', 'clab-pair-a'])
    const inside = [
      'nsenter',
      '-t',
      stdout.trim(),
      '-n',
      'ping',
      '-D',
      '-i',
      String(PING_MS / 1000),
      '-W',
      '1',
      '10.0.0.2',
    ]
    const ping = bed.run('p1', inside, { okCodes: [0, 1], timeoutMs: 120_000 })
    await pause(500)
    return { ping, stop: () => bed.run('p1', ['pkill', '-INT', 'ping']) }
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.json(
      'p1',
      'bootstrap',
      '--name',
      'p1',
      '--advertise',
      bed.address('p1'),
      '--secondary-address',
      bed.address('p1', 2),
    )
    const config = async (host: string, text: string) => {
      await bed.run(host, ['mkdir', '-p', '/etc/skein'])
      await bed.run(host, ['tee', '/etc/skein/config.yaml'], { stdin: `path-failback-good: ${GOOD}\n${text}` })
    }
    await config('p1', '')
    await config('p2', `secondary-address: ${bed.address('p2', 2)}\n`)
    await hosts.start('p1')
    for (const host of ['p2', 'p3']) {
      const { token } = await until('a token', 20_000, () => hosts.json<{ token: string }>('p1', 'token', 'create'))
      await hosts.json(host, 'join', token, '--name', host, '--advertise', bed.address(host))
      await hosts.start(host)
    }
    await until('all are alive', 30_000, async () =>
      Object.values(await states('p1')).every((state) => state === 'alive'),
    )
    await hosts.labUp('p1', PAIR)
    await uses(1)
  })
  afterAll(() => bed.down())

  test('what is no second network is refused', async () => {
    const secondary = async (address: string) =>
      (
        await hosts.skein(
          'p3',
          'bootstrap',
          '--data-dir',
          '/tmp/no',
          '--name',
          'x',
          '--advertise',
          bed.address('p3'),
          '--secondary-address',
          address,
        )
      ).stderr
    expect(await secondary(bed.address('p3'))).toContain('on the same network')
    expect(await secondary('192.0.2.77')).toContain('no address of this host')
  })

  describe.each<{ what: string; harm(): Promise<void>; mend(): Promise<void> }>([
    { what: 'silently', harm: () => bed.cutNetwork(1, 'p1', 'p2'), mend: () => bed.heal() },
    { what: 'in one direction', harm: () => bed.cutNetworkOneWay(1, 'p2', 'p1'), mend: () => bed.heal() },
    { what: 'by a pulled cable', harm: () => bed.cable('p2', 1, 'unplug'), mend: () => bed.cable('p2', 1, 'plug') },
  ])('the first network cut $what', ({ what, harm, mend }) => {
    test('traffic is back within 2 s on the second one, and it is told', async () => {
      const before = (await switches()).length
      const { longestMs, lost } = await pinging(async () => {
        await harm()
        await uses(2)
      })
      console.info(`cut ${what}: ${lost} pings of ${PING_MS} ms lost, ${longestMs} ms of silence`)
      expect(longestMs).toBeGreaterThan(0)
      expect(longestMs).toBeLessThan(BACK_MS)
      const told = await until('it is told', 5_000, async () => {
        const all = await switches()
        return all.length > before && all
      })
      expect(told.at(-1)).toMatchObject({ about: 'p2', message: expect.stringContaining('secondary') })
      expect(await endpoints('p1')).toContain(at('p3', 1))
    })

    test('healed, it is used again without loss, and both ends stay with it', async () => {
      const { longestMs, lost } = await pinging(async () => {
        await mend()
        // Packets that waited for the cable lead WireGuard back for a moment: what is told counts.
        await until('it is told', 30_000, async () => (await switches()).at(-1)?.message.includes('primary path'))
        await uses(1)
      })
      console.info(`healed: ${lost} pings lost, ${longestMs} ms of silence`)
      expect(lost, `${longestMs} ms`).toBeLessThanOrEqual(5)
      await pause(2_000)
      await uses(1)
    })
  })

  test('hosts with one network probe nothing and hear nothing of paths', async () => {
    // Eight rounds of probes; those through the tunnels are WireGuard's packets here.
    const probes = ['timeout', '2', 'tcpdump', '-ni', 'any', 'udp port 4801 and not net 10.213.0.0/16']
    expect((await bed.run('p3', probes, { okCodes: [0, 124] })).stdout.trim()).toBe('')
    expect(await hosts.log('p3')).not.toContain('PATH_')
    expect(await endpoints('p3')).toEqual([at('p1', 1), at('p2', 1)].toSorted())
  })

  test('paths and addresses are shown, told anew, and refused where they are none', async () => {
    const { stdout } = await hosts.skein('p1', 'host', 'paths')
    expect(stdout).toMatch(/p2 +primary +10\.72\.1\.2 +yes +good/)
    expect(stdout).toMatch(/p2 +secondary +10\.72\.2\.2 +- +good/)
    expect(stdout).toMatch(/p3 +primary +10\.72\.1\.3 +yes +not probed/)
    expect(await hosts.skein('p3', 'host', 'set-addresses', '--secondary-address', '192.0.2.77')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no address of this host'),
    })
    const second = bed.address('p3', 2)
    expect(await hosts.skein('p3', 'host', 'set-addresses', '--secondary-address', second)).toMatchObject({ code: 0 })
    const ofP3 = async () =>
      (await hosts.skein('p1', 'host', 'paths')).stdout.split('\n').filter((line) => line.startsWith('p3'))
    await until('p1 probes p3', 10_000, async () => (await ofP3()).every((line) => line.includes('good')))
    expect(await ofP3()).toHaveLength(2)
    expect(await hosts.skein('p3', 'host', 'set-addresses', '--secondary-address', 'none')).toMatchObject({ code: 0 })
    await until('p3 has one path', 10_000, async () => (await ofP3()).length === 1)
  })

  test('hosts stay members while their first network is away for long', async () => {
    const down = async () =>
      (await hosts.skein('p1', 'events', '--json', '--host', 'p1', '--limit', '1000')).stdout
        .split('\n')
        .filter((line) => line.includes('HOST_DOWN')).length
    const before = await down()
    await bed.cutNetwork(1, 'p1', 'p2')
    await uses(2)
    await pause(8_000)
    await until('p2 is there', 5_000, async () => (await states('p1')).p2 === 'alive')
    expect(await down()).toBe(before)
    expect(await hosts.skein('p2', 'token', 'create')).toMatchObject({ code: 0 })
    await bed.heal()
    await uses(1)
  })

  test('a host whose agent restarts while the first network is cut leaves the second one in use', async () => {
    await bed.cutNetwork(1, 'p1', 'p2')
    await uses(2)
    const { longestMs } = await pinging(async () => {
      await hosts.killAgent('p2')
      await hosts.start('p2')
      await pause(3_000)
    })
    // On the dead network it would be silent for three probes at least.
    expect(longestMs).toBeLessThan(WRONG_MS)
    await uses(2)
    await bed.heal()
    await uses(1)
  })

  test('an address that changes is told by itself, and the tunnel follows', async () => {
    const moved = bed.address('p3').replace(/\d+$/, '77')
    await bed.run('p3', ['ip', 'addr', 'del', `${bed.address('p3')}/24`, 'dev', 'eth0'])
    await bed.run('p3', ['ip', 'addr', 'add', `${moved}/24`, 'dev', 'eth0'])
    const startMs = performance.now()
    await until('p1 leads its tunnel there', 20_000, async () => (await endpoints('p1')).includes(`${moved}:51820`))
    console.info(`an address changed: tunnel back after ${Math.round(performance.now() - startMs)} ms`)
    const addresses = async () =>
      (await hosts.json<{ name: string; addresses: string[] }[]>('p1', 'host', 'ls')).find(({ name }) => name === 'p3')
    await until('the roster has it', 20_000, async () => (await addresses())?.addresses.includes(moved))
  })

  test('both networks cut: the host is suspected or down, nothing flaps, and healed all is as before', async () => {
    const before = (await switches()).length
    await bed.cut('p2')
    await until('p2 is missed', 60_000, async () => (await states('p1')).p2 !== 'alive')
    await pause(2_000)
    expect((await switches()).length).toBe(before)
    await bed.heal()
    await until('p2 is back', 60_000, async () => (await states('p1')).p2 === 'alive')
    await uses(1)
  })
})
