import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AttachedProof, ClaimedTask } from '#agent/port.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { outcome, pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const REPORT = new URL('../../drivers/iperf/testdata/tcp.json', import.meta.url)
const SHORT = { timeS: 2 } as const

describe('attached machines in a mesh', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  let output: unknown
  let machines: NodeJS.Timeout[]
  const refused: unknown[] = []

  beforeEach(async () => {
    output = JSON.parse(await readFile(REPORT, 'utf8'))
    machines = []
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
    await mesh.join('c')
    await until('three voters', () => a.agent.leader().voters.length === 3)
  })
  afterEach(async () => {
    for (const machine of machines) clearInterval(machine)
    expect(refused.splice(0)).toEqual([])
    expect([a, b].flatMap(({ fatal }) => fatal)).toEqual([])
    await outcome(Promise.resolve(mesh[Symbol.asyncDispose]()))
  })

  const made = async (name: string, home: AgentHost): Promise<AttachedProof> => {
    const told = await outcome(a.agent.iperf.attached.create({ name }))
    if (told instanceof Error) throw told
    const { key } = told as { readonly key: string }
    const proof = { name, key }
    await until('told', () => home.agent.iperf.attached.list().some((one) => one.name === name))
    await outcome(home.agent.iperf.attached.register(proof, { address: '192.0.2.70' }))
    return proof
  }
  /** Asks `host` for tasks and carries them out, as a program would; what it was given. */
  const works = (proof: AttachedProof, host: AgentHost): readonly ClaimedTask[] => {
    const { attached } = host.agent.iperf
    const done: ClaimedTask[] = []
    const turn = async (): Promise<void> => {
      const task = await attached.claim(proof)
      if (task === null) return
      await attached.started(proof, task.id)
      done.push(task)
      await new Promise((resolve) => setTimeout(resolve, task.params.timeS * 1_000))
      await attached.result(proof, task.id, { state: 'succeeded', ...(task.role === 'client' ? { output } : {}) })
    }
    let isBusy = false
    machines.push(
      setInterval(() => {
        if (isBusy) return
        isBusy = true
        void turn()
          .catch((error: unknown) => refused.push(error))
          .finally(() => {
            isBusy = false
          })
      }, 500),
    )
    return done
  }
  const begin = async (pairs: readonly (readonly [string, string])[], params = {}): Promise<number> => {
    const view = await outcome(
      a.agent.iperf.create({ shape: 'pairs', pairs, params: { ...SHORT, ...params }, start: true }),
    )
    return (view as { readonly id: number }).id
  }
  const stateOn = (host: AgentHost, id: number) => host.agent.iperf.list().find((one) => one.id === id)?.state
  const ended = (host: AgentHost, id: number, limitMs?: number) =>
    until('its end', () => stateOn(host, id) === 'ended', limitMs)

  test('one measures to a host, and one to another, each sample by a task', async () => {
    const [lite, heavy] = [await made('lite', b), await made('heavy', a)]
    // Each asks the host that is not its home.
    const [tasks, servers] = [works(lite, a), works(heavy, b)]
    const id = await begin(
      [
        ['lite', 'a'],
        ['lite', 'heavy'],
      ],
      { samples: 2 },
    )
    await ended(a, id, 120_000)
    expect(a.agent.iperf.exercise(id).all).toMatchObject([
      { source: 'lite', destination: 'a', state: 'succeeded', server: { state: 'succeeded' }, result: { retests: 0 } },
      { source: 'lite', destination: 'heavy', state: 'succeeded', server: { state: 'succeeded' } },
    ])
    expect(tasks.map(({ role }) => role)).toEqual(['client', 'client', 'client', 'client'])
    expect(tasks.at(-1)).toMatchObject({ address: '192.0.2.70', params: { samples: 1 } })
    expect(servers.map(({ role }) => role)).toEqual(['server', 'server'])
    await pass(3_000)
    expect(await outcome(a.agent.iperf.reservations())).toEqual([])
  })

  test('one that is silent fails its test and leaves nothing held', async () => {
    await made('lite', b)
    const id = await begin([['a', 'lite']])
    await ended(b, id, 120_000)
    expect(b.agent.iperf.exercise(id).all).toMatchObject([
      { state: 'failed', error: expect.stringContaining('lite is offline'), server: { state: 'failed' } },
    ])
    await pass(3_000)
    expect(await outcome(a.agent.iperf.reservations())).toEqual([])
  })

  test('a stop is heard of by the machine when it tells what came of its task', async () => {
    const lite = await made('lite', b)
    const id = await begin([['lite', 'a']], { timeS: 30 })
    const { attached } = a.agent.iperf
    const task = await until('a task', () => a.agent.iperf.tasks({ exercise: id, state: 'running' })[0])
    expect(await outcome(attached.claim(lite))).toMatchObject({ role: 'client', exercise: id })
    const client = task.role === 'client' ? task.id : task.id + 1
    expect(await outcome(attached.started(lite, client))).toMatchObject({ state: 'running', end: 'lite' })
    await outcome(a.agent.iperf.stop(id))
    await ended(a, id)
    expect(a.agent.iperf.exercise(id).all).toMatchObject([{ state: 'canceled', server: { state: 'canceled' } }])
    expect(await outcome(attached.result(lite, client, { state: 'succeeded', output }))).toMatchObject({
      code: 'TEST_STATE',
    })
  })

  // Minutes of three hosts go by: some seconds of a busy machine.
  test('a schedule begins an exercise on the host that leads, known to all', { timeout: 30_000 }, async () => {
    await outcome(
      b.agent.iperf.setSchedule({
        name: 'often',
        cron: '* * * * *',
        shape: 'pairs',
        pairs: [['a', 'b']],
        params: SHORT,
      }),
    )
    const first = await until('an exercise', () => b.agent.iperf.schedules()[0]?.last ?? undefined, 90_000)
    await ended(b, first)
    expect(b.agent.iperf.exercise(first)).toMatchObject({
      name: 'often',
      schedule: 'often',
      all: [{ state: 'succeeded' }],
    })
    const next = () => b.agent.iperf.schedules()[0]?.last
    await until('another one', () => next() !== first, 90_000)
    await outcome(a.agent.iperf.removeSchedule('often'))
    const last = b.agent.iperf.list()[0]?.id
    await pass(70_000)
    expect([b.agent.iperf.schedules(), b.agent.iperf.list()[0]?.id]).toEqual([[], last])
  })
})
