import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ExerciseSummary, ExerciseView, LiveTest, TestReservation } from '#agent/port.ts'
import { SOCKET } from '#testing/command-line.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { IperfWatch } from './iperf-watch.ts'

const LAB = `
name: wire
topology:
  defaults: { kind: linux, image: "skein/net:test" }
  nodes:
    a: { host: ip1 }
    b: { host: ip2 }
  links:
    - { endpoints: ["a:eth1", "b:eth1"], ipv4: ["10.0.0.1/24", "10.0.0.2/24"] }
`
const LIGHT_AGENT = new URL('testdata/light-agent.py', import.meta.url).pathname

interface Row {
  readonly id: number
  readonly exercise: number
  readonly source: string
  readonly destination: string
  readonly state: string
  readonly receivedBps: number | null
  readonly startedAt: string | null
  readonly error?: string
}
type Killed = 'planner' | 'server' | 'client' | 'both' | 'leader'

describeReal('exercises without a manager', ['dockerd', 'ovs-vsctl', 'wg', 'iperf3', 'python3'], () => {
  const bed = testbed({ prefix: 'ip', hosts: 5, net: '10.96' })
  const hosts = skeinHosts(bed)
  const { json, skein } = hosts
  const watch = new IperfWatch(bed)
  const [first = '', second = '', , , fifth = ''] = bed.hosts
  const others = (...not: readonly string[]): readonly string[] => bed.hosts.filter((host) => !not.includes(host))
  const iperf = (host: string, ...args: readonly string[]) => skein(host, 'iperf', ...args)
  const list = (host: string) => json<readonly ExerciseSummary[]>(host, 'iperf', 'ls')
  const show = (host: string, id: number) => json<ExerciseView>(host, 'iperf', 'show', String(id))
  const rows = (host: string, id: number) => json<readonly Row[]>(host, 'iperf', 'results', String(id))
  const reservations = (host: string) => json<readonly TestReservation[]>(host, 'iperf', 'reservations')
  const leader = async (host: string): Promise<string> =>
    (await json<{ leader: string | null }>(host, 'leader')).leader ?? ''
  const ask = async (host: string, method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> => {
    const said = await bed
      .exec(host)
      .run({ socket: SOCKET, method, path, ...(body === undefined ? {} : { body }), timeoutMs: 60_000 })
    return said.stdout === '' ? undefined : JSON.parse(said.stdout)
  }
  const allAlive = async (): Promise<void> => {
    for (const host of bed.hosts)
      await until(`${host} sees all alive`, 60_000, async () =>
        (await json<{ state: string }[]>(host, 'host', 'ls')).every(({ state }) => state === 'alive'),
      )
  }
  const isQuiet = async (host: string): Promise<boolean> =>
    watch.look().length === 0 && (await reservations(host)).length === 0

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    await watch.start()
  })
  afterAll(async () => {
    watch.stop()
    await bed.down()
  })

  test('a full mesh of five runs in rounds, no NIC twice at once; all results outlive the planner', async () => {
    watch.clear()
    const planner = (await leader(first)) === first ? second : first
    const said = await iperf(planner, 'mesh', '--time', '2', '--yes')
    expect(said, said.stderr).toMatchObject({ code: 0 })
    const [newest] = await list(planner)
    const id = newest?.id ?? 0
    expect(newest).toMatchObject({ state: 'ended', tests: 20, rounds: 10, states: { succeeded: 20 } })

    const seen = watch.all()
    expect(seen.filter(({ role }) => role === 'client')).toHaveLength(20)
    expect(seen.filter(({ role }) => role === 'server')).toHaveLength(20)
    for (const host of bed.hosts) expect(watch.most.get(host), `processes at once on ${host}`).toBe(1)
    const clients = seen.filter(({ role }) => role === 'client')
    const together = clients.filter((one) =>
      clients.some((other) => one.pid !== other.pid && one.firstMs < other.lastMs && other.firstMs < one.lastMs),
    )
    expect(together.length, 'tests of one round run side by side').toBeGreaterThan(5)

    await bed.kill(planner)
    for (const host of others(planner)) {
      const kept = await rows(host, id)
      expect(kept).toHaveLength(20)
      for (const row of kept)
        expect(row).toMatchObject({
          state: 'succeeded',
          receivedBps: expect.any(Number),
          startedAt: expect.any(String),
        })
      expect(kept.every(({ receivedBps }) => (receivedBps ?? 0) > 1e6)).toBe(true)
    }
    await bed.boot(planner)
    await hosts.start(planner)
    await watch.start()
    await until('the planner has them again', 60_000, async () => (await rows(planner, id)).length === 20)
    await allAlive()
  })

  test('a host that measures nothing itself shows what goes through between two others, while it does', async () => {
    const { id } = await json<ExerciseView>(fifth, 'iperf', 'run', first, second, '--time', '6', '--no-wait')
    const live = await until('two seconds of it', 30_000, async () => {
      const [one] = (await ask(fifth, 'GET', `/v1/exercises/${id}/live`)) as readonly LiveTest[]
      return one !== undefined && one.intervals.length >= 2 ? one : undefined
    })
    expect(live).toMatchObject({ source: first, destination: second, intervals: [{ atS: 0 }, {}] })
    expect(live.intervals.every(({ bps }) => bps > 1e6)).toBe(true)
    await until('it has ended', 30_000, async () => (await show(fifth, id)).state === 'ended')
    expect(await ask(fifth, 'GET', `/v1/exercises/${id}/live`)).toEqual([])
  })

  test.each<Killed>(['planner', 'server', 'client', 'both', 'leader'])(
    'with the power of the %s off every task ends, and nothing is left running or reserved',
    async (killed) => {
      const leads = await leader(first)
      const [planner = '', client = '', server = '', witness = ''] = others(leads)
      const from = killed === 'leader' ? leads : planner
      const begun = await json<ExerciseView>(from, 'iperf', 'run', client, server, '--time', '6', '--no-wait')
      await until('both ends run', 30_000, async () => {
        const now = watch.look()
        return now.some((one) => one.host === client && one.role === 'client') && now.some((one) => one.host === server)
      })
      const victims = {
        planner: [planner],
        server: [server],
        client: [client],
        both: [client, server],
        leader: [leads],
      }[killed]
      await Promise.all(victims.map((host) => bed.kill(host)))
      const ended = await until('the exercise has ended', 6_000 + 60_000, async () => {
        const now = await show(witness, begun.id)
        return now.state === 'ended' ? now : undefined
      })
      const survives = killed === 'planner' || killed === 'leader'
      expect(ended.all.map(({ state }) => state)).toEqual([
        survives ? 'succeeded' : expect.stringMatching(/failed|timed_out|canceled/),
      ])
      for (const task of ended.all.flatMap(({ client: one, server: other }) => [one, other]))
        expect(['succeeded', 'failed', 'timed_out', 'canceled']).toContain(task.state)
      if (!survives) expect(ended.all[0]?.error, 'it says why').toMatch(/./)
      await until('nothing is left', 90_000, () => isQuiet(witness))
      for (const host of victims) {
        await bed.boot(host)
        await hosts.start(host)
      }
      await watch.start()
      for (const host of victims)
        await until(`${host} says the same`, 60_000, async () => (await show(host, begun.id)).state === 'ended')
      expect((await show(first, begun.id)).all[0]?.state).toBe(ended.all[0]?.state)
      await allAlive()
    },
  )

  test('a thousand reservations from five hosts at once: no port of a host twice', async () => {
    const asks = Array.from({ length: 1_000 }, (_, i) => ({
      by: bed.hosts[i % 5] ?? '',
      host: bed.hosts[(i * 7) % 5] ?? '',
      owner: `many/${i}`,
    }))
    const answers = await Promise.all(
      asks.map(({ by, host, owner }) =>
        ask(by, 'POST', '/v1/allocations', { pool: 'port', host, owner, ttlMs: 600_000 }),
      ),
    )
    const given = answers.map((answer) => answer as { host: string; values: readonly number[] })
    expect(given.every(({ values }) => values.length === 1)).toBe(true)
    expect(new Set(given.map(({ host, values }) => `${host}:${values[0]}`)).size).toBe(1_000)
  })

  test('a program written from the orchestrator’s document works through any host', async () => {
    const made = (await ask(first, 'POST', '/v1/agents', { name: 'lite' })) as { id: number; key: string }
    const run = (...args: readonly string[]) =>
      bed.run(fifth, ['python3', LIGHT_AGENT, ...args], { okCodes: [0, 1], timeoutMs: 120_000 })
    const refused = await run('refusals', `https://${bed.address(second)}:8010`, 'lite', made.key)
    expect(JSON.parse(refused.stdout), refused.stderr).toEqual({
      version: 426,
      noVersion: 426,
      wrongKey: 401,
      noKey: 401,
      unknown: 404,
      otherTask: 404,
      shape: ['details', 'error', 'message'],
    })
    const working = run('work', `https://${bed.address(second)}:8010`, 'lite', made.key, bed.address(fifth))
    await until('it is online everywhere', 30_000, async () => {
      const agents = (await ask(fifth, 'GET', '/v1/agents?status=online')) as readonly { name: string }[]
      return agents.some(({ name }) => name === 'lite')
    })
    const measured = await json<ExerciseView>(first, 'iperf', 'run', first, 'lite', '--time', '2', '--underlay')
    expect(measured.all.map(({ state, error }) => ({ state, error }))).toEqual([{ state: 'succeeded' }])
    const back = await json<ExerciseView>(first, 'iperf', 'run', 'lite', first, '--time', '2', '--underlay')
    expect(back.all[0]).toMatchObject({ state: 'succeeded', result: { receivedBps: expect.any(Number) } })
    const done = JSON.parse((await working).stdout) as {
      states: readonly string[]
      again: readonly number[]
      late: number
    }
    expect(done.states).toEqual(['server succeeded', 'client succeeded'])
    expect(new Set(done.again), 'the same key changes nothing twice').toEqual(new Set([200]))
    expect(done.late, 'a task that is over').toBe(409)
  })

  test('a link of a lab is measured before and after it was made worse; --expect says by how much', async () => {
    await hosts.labUp(first, LAB)
    const measure = (...args: readonly string[]) => iperf(fifth, 'run', 'wire/a', 'wire/b', '--time', '3', ...args)
    const before = await measure('--expect', '>60M')
    expect(before, before.stdout + before.stderr).toMatchObject({ code: 0 })
    const set = await skein(first, 'lab', 'link', 'set', 'wire', 'a:eth1', '--rate', '20mbit')
    expect(set, set.stderr).toMatchObject({ code: 0 })
    const after = await measure('--expect', '>60M')
    expect(after.code).toBe(1)
    expect(after.stderr + after.stdout).toMatch(/wire\/a → wire\/b.*below 60 Mbit\/s/)
    const [worse, better] = await list(second)
    const bps = async (id: number | undefined) => (await rows(second, id ?? 0))[0]?.receivedBps ?? 0
    expect(await bps(better?.id)).toBeGreaterThan(60e6)
    expect(await bps(worse?.id)).toBeLessThan(22e6)
    expect(await bps(worse?.id)).toBeGreaterThan(5e6)
  })
})
