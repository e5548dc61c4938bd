import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TestView } from '#agent/port.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { outcome, pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const SHORT = { timeS: 2 } as const

describe('exercises', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let [a, b, c]: AgentHost[] = []
  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
    c = await mesh.join('c')
    await until('three voters', () => voters() === 3)
  })
  afterEach(async () => {
    expect(hosts().flatMap(({ fatal }) => fatal)).toEqual([])
    // Who has no majority waits for one a little before it stops.
    expect(await outcome(Promise.resolve(mesh[Symbol.asyncDispose]()))).toBeUndefined()
  })

  const hosts = (): readonly AgentHost[] => [a, b, c].filter((host) => host !== undefined)
  const at = (host: AgentHost | undefined): AgentHost['agent']['iperf'] => {
    if (host === undefined) throw new Error('no such host')
    return host.agent.iperf
  }
  const voters = (): number | undefined => a?.agent.leader().voters.length
  const runs = () => hosts().flatMap(({ iperf }) => iperf.runs)
  const begin = async (ask: Parameters<ReturnType<typeof at>['create']>[0], host = a): Promise<number> => {
    const made = await outcome(at(host).create(ask))
    if (made instanceof Error) throw made
    return (made as { readonly id: number }).id
  }
  const endedAt = (host: AgentHost | undefined, id: number, limitMs?: number) =>
    until(
      'its end',
      () =>
        at(host)
          .list()
          .find((one) => one.id === id)?.state === 'ended',
      limitMs,
    )
  const all = (host: AgentHost | undefined, id: number): readonly TestView[] => at(host).exercise(id).all
  const held = (host = a) => outcome(at(host).reservations())
  const cut = (host: AgentHost | undefined): void => {
    for (const other of hosts()) if (host !== undefined && other !== host) mesh.network.cut(host.who.id, other.who.id)
  }

  test('a mesh of three runs in rounds, no NIC in two tests at once, and every host has the results', async () => {
    const id = await begin({ shape: 'mesh', params: SHORT, start: true }, b)
    await endedAt(c, id)
    for (const host of hosts()) {
      await endedAt(host, id)
      expect(all(host, id).map(({ state }) => state)).toEqual(new Array(6).fill('succeeded'))
      expect(all(host, id)[0]?.result).toMatchObject({ receivedBps: 1_000_000_000, retests: 0 })
    }
    const pairs = new Map(all(a, id).map((one) => [one.id, [one.source, one.destination]]))
    const clients = runs().filter(({ role }) => role === 'client')
    expect(clients).toHaveLength(6)
    for (const one of clients)
      for (const other of clients) {
        const isBeside =
          one !== other && one.fromMs < (other.untilMs ?? Infinity) && other.fromMs < (one.untilMs ?? Infinity)
        const shared = pairs.get(one.test)?.filter((name) => pairs.get(other.test)?.includes(name))
        if (isBeside) expect(shared).toEqual([])
      }
    expect(runs().filter(({ untilMs }) => untilMs === undefined)).toEqual([])
    await pass(2_000)
    expect(await held()).toEqual([])
    expect(await outcome(at(c).raw(all(c, id)[0]?.id ?? 0))).toEqual([{ bps: 1_000_000_000 }])
  })

  test('while it runs, every host shows what goes through, as the hosts of servers count it', async () => {
    const id = await begin({ shape: 'pairs', pairs: [['a', 'b']], params: { timeS: 20 }, start: true })
    await until('a run to b', () => b?.iperf.runs.length)
    await pass(3_500)
    for (const host of hosts())
      expect(await outcome(at(host).live(id))).toEqual([
        { test: id + 1, source: 'a', destination: 'b', intervals: [0, 1, 2].map((atS) => ({ atS, bps: 1e9 })) },
      ])
    cut(b)
    expect(await outcome(at(c).live(id))).toEqual([])
    expect(await outcome(at(c).live(id + 99))).toMatchObject({ code: 'NOT_FOUND' })
    await endedAt(a, id, 120_000)
    expect(await outcome(at(a).live(id))).toEqual([])
  })

  test('what is wrong is told at once, and nothing is spent for it', async () => {
    expect(await outcome(at(a).plan({ shape: 'pairs', pairs: [['a', 'nobody']] }))).toMatchObject({ code: 'NOT_FOUND' })
    expect(
      await outcome(at(a).create({ shape: 'pairs', pairs: [['a', 'a']], params: { timeS: 0 }, start: true })),
    ).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/time 0 .*one and the same/s),
    })
    expect(await begin({ shape: 'pairs', pairs: [['a', 'b']], start: false })).toBe(1)
  })

  test('a client that dies fails its tests; the others go on, and nothing stays held', async () => {
    const id = await begin({
      shape: 'pairs',
      pairs: [
        ['b', 'a'],
        ['c', 'a'],
      ],
      params: { timeS: 20 },
      start: true,
    })
    await until('a run of b', () => b?.iperf.runs.some(({ role }) => role === 'client'))
    cut(b)
    await endedAt(a, id, 120_000)
    expect(all(a, id)).toMatchObject([
      { source: 'b', state: 'failed', error: 'host b is down' },
      { source: 'c', state: 'succeeded' },
    ])
    expect(all(a, id)[0]?.server.state).toBe('failed')
    await pass(5_000)
    expect(await held()).toEqual([])
    expect(a?.iperf.runs.filter(({ untilMs }) => untilMs === undefined)).toEqual([])
  })

  test('a server that dies fails the test of its client', async () => {
    const id = await begin({
      shape: 'pairs',
      pairs: [
        ['a', 'b'],
        ['c', 'a'],
      ],
      params: { timeS: 20 },
      start: true,
    })
    await until('a run to b', () => b?.iperf.runs.length)
    cut(b)
    await endedAt(c, id, 120_000)
    expect(all(c, id)).toMatchObject([
      { destination: 'b', state: 'failed', error: 'host b is down', server: { state: 'failed' } },
      { source: 'c', state: 'succeeded' },
    ])
    expect(await held()).toEqual([])
  })

  test('without its planner an exercise goes on and ends', async () => {
    const id = await begin(
      {
        shape: 'pairs',
        pairs: [
          ['b', 'c'],
          ['c', 'b'],
        ],
        params: { timeS: 5 },
        start: true,
      },
      a,
    )
    await until('a run', () => b?.iperf.runs.length)
    cut(a)
    await endedAt(c, id, 120_000)
    expect(all(b, id).map(({ state }) => state)).toEqual(['succeeded', 'succeeded'])
  })

  test('stopped, it keeps what was measured, and what had not begun is canceled', async () => {
    const id = await begin({ shape: 'mesh', ends: ['a', 'b'], params: { timeS: 60 }, start: true })
    await until('a run', () => runs().some(({ role }) => role === 'client'))
    await pass(3_000)
    await outcome(at(c).stop(id))
    await endedAt(c, id)
    const [first, second] = all(c, id)
    expect(first).toMatchObject({ state: 'canceled', error: 'the exercise was stopped', result: { isPartial: true } })
    expect(second).toMatchObject({ state: 'canceled', server: { state: 'canceled' } })
    expect(second?.result).toBeUndefined()
    expect(runs().filter(({ untilMs }) => untilMs === undefined)).toEqual([])
    await pass(1_000)
    expect(await held()).toEqual([])
    expect(await outcome(at(b).start(id))).toMatchObject({ code: 'TEST_STATE' })
  })

  test('one task canceled ends its test alone; again there is nothing to cancel', async () => {
    const id = await begin({
      shape: 'pairs',
      pairs: [
        ['a', 'b'],
        ['b', 'a'],
      ],
      params: { timeS: 5 },
      start: true,
    })
    await until('a run', () => runs().some(({ role }) => role === 'client'))
    const running = all(b, id).find(({ state }) => state === 'running')
    const task = running?.server.id ?? 0
    await outcome(at(c).cancelTask(task))
    await endedAt(c, id)
    expect(
      all(c, id)
        .map(({ state }) => state)
        .toSorted(),
    ).toEqual(['canceled', 'succeeded'])
    expect(await outcome(at(c).cancelTask(task))).toMatchObject({ code: 'TEST_STATE' })
  })

  test('tests of two exercises wait for each other', async () => {
    const ask = { shape: 'pairs', pairs: [['a', 'b']], params: { timeS: 4 }, start: true } as const
    const [one, other] = [await begin(ask, a), await begin(ask, b)]
    await endedAt(c, one)
    await endedAt(c, other)
    const [first, second] = runs().filter(({ role }) => role === 'client')
    expect(second?.fromMs).toBeGreaterThanOrEqual(first?.untilMs ?? Infinity)
    expect(all(c, other)[0]?.state).toBe('succeeded')
  })

  test('a rate far below what the pair did before is measured once more, then told', async () => {
    const once = async (): Promise<TestView | undefined> => {
      const id = await begin({ shape: 'pairs', pairs: [['a', 'b']], params: SHORT, start: true })
      await endedAt(a, id)
      return all(a, id)[0]
    }
    for (let times = 0; times < 3; times += 1) await once()
    if (a !== undefined) a.iperf.bps = 500_000_000
    expect((await once())?.result).toMatchObject({ retests: 1, baseline: { verdict: 'bad', ratio: 0.5 } })
    if (a !== undefined) a.iperf.bps = 1_000_000_000
    expect((await once())?.result).toMatchObject({ retests: 0, baseline: { verdict: 'good' } })
    const { events } = (await outcome(a?.agent.events({ limit: 1_000 }) ?? Promise.reject())) as {
      readonly events: readonly { readonly code: string; readonly message: string }[]
    }
    expect(events.filter(({ code }) => code.startsWith('TEST_'))).toMatchObject([
      { code: 'TEST_BAD', message: 'a → b: 500 Mbit/s, 50 % of the usual 1 Gbit/s (test 8)' },
      { code: 'TEST_RECOVERED' },
    ])
  })

  test('a server that cannot begin fails its test with what was said', async () => {
    if (b !== undefined) b.iperf.fault = 'iperf3: port in use'
    const id = await begin({ shape: 'pairs', pairs: [['a', 'b']], params: SHORT, start: true })
    await endedAt(a, id)
    expect(all(c, id)).toMatchObject([{ state: 'failed', error: 'iperf3: port in use', server: { state: 'failed' } }])
  })

  test('tests are added before it starts, not after; removed, nobody knows it', async () => {
    const id = await begin({ shape: 'pairs', pairs: [['a', 'b']], params: SHORT, start: false })
    await until('known', () => at(b).list().length === 1)
    expect(await outcome(at(b).addTest(id, { source: 'b', destination: 'c' }))).toMatchObject({
      source: 'b',
      exercise: id,
    })
    await until('told', () => all(a, id).length === 2)
    expect(new Set(all(a, id).map(({ round }) => round)).size).toBe(2)
    await outcome(at(a).start(id))
    expect(await outcome(at(a).addTest(id, { source: 'c', destination: 'b' }))).toMatchObject({ code: 'TEST_STATE' })
    expect(await outcome(at(a).remove(id))).toMatchObject({ code: 'TEST_STATE' })
    await endedAt(b, id)
    await outcome(at(b).remove(id))
    await until('forgotten', () => hosts().every((host) => at(host).list().length === 0))
    expect(await outcome(Promise.resolve().then(() => at(a).exercise(id)))).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a host that starts again fails what it was at, and goes on with what had not begun', async () => {
    const id = await begin({ shape: 'mesh', ends: ['b', 'c'], params: { timeS: 5 }, start: true })
    await until('a run of b', () => b?.iperf.runs.some(({ role }) => role === 'client'))
    if (b !== undefined) {
      await mesh.stop(b)
      await mesh.start(b)
    }
    await endedAt(a, id, 120_000)
    expect(all(a, id).find(({ source }) => source === 'b')).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/^(the agent of its host (was stopped|restarted)|host b is down)$/),
    })
    await pass(5_000)
    expect(await held()).toEqual([])
  })

  test('a host that was killed fails what it was at when it starts again', async () => {
    const id = await begin({ shape: 'pairs', pairs: [['b', 'c']], params: { timeS: 30 }, start: true })
    await until('a run of b', () => all(b, id)[0]?.state === 'running' && all(c, id)[0]?.server.state === 'running')
    if (b === undefined) return
    const atDeath = structuredClone({ ...b.disk })
    cut(b)
    await outcome(mesh.stop(b))
    Object.assign(b.disk, atDeath)
    mesh.network.heal()
    await mesh.start(b)
    await until('told', () => all(b, id)[0]?.state === 'failed')
    expect(all(b, id)[0]?.error).toBe('the agent of its host restarted')
    await endedAt(b, id, 120_000)
    await pass(5_000)
    expect(await held()).toEqual([])
    expect(c?.iperf.runs.filter(({ untilMs }) => untilMs === undefined)).toEqual([])
  })
})
