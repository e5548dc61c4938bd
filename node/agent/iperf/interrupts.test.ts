import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TestView } from '#agent/port.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { outcome, pass, until, useVirtualTime } from '#testing/virtual-time.ts'

describe('exercises that are interrupted', { timeout: 20_000 }, () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  let c: AgentHost
  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
    c = await mesh.join('c')
    await until('three voters', () => a.agent.leader().voters.length === 3)
  })
  afterEach(async () => {
    expect([a, b, c].flatMap(({ fatal }) => fatal)).toEqual([])
    expect(await outcome(Promise.resolve(mesh[Symbol.asyncDispose]()))).toBeUndefined()
  })

  const begin = async (pairs: readonly (readonly [string, string])[], timeS: number): Promise<number> => {
    const made = await outcome(c.agent.iperf.create({ shape: 'pairs', pairs, params: { timeS }, start: true }))
    if (made instanceof Error) throw made
    return (made as { readonly id: number }).id
  }
  const all = (host: AgentHost, id: number): readonly TestView[] => host.agent.iperf.exercise(id).all
  const runs = (host: AgentHost) => host.iperf.runs.some(({ role }) => role === 'client')
  const ended = (host: AgentHost, id: number) =>
    until('its end', () => host.agent.iperf.exercise(id).state === 'ended', 180_000)
  const cut = (host: AgentHost): void => {
    for (const other of [a, b, c]) if (other !== host) mesh.network.cut(host.who.id, other.who.id)
  }
  const waiting = [
    ['b', 'a'],
    ['b', 'c'],
  ] as const

  test('go on with the tests of a host that restarts', async () => {
    const id = await begin(waiting, 8)
    await until('a run', () => runs(b))
    await mesh.stop(b)
    await pass(6_000)
    expect(a.agent.iperf.exercise(id).state).toBe('running')
    await mesh.start(b)
    await ended(a, id)
    await until('all heard', () => all(c, id).every(({ state }) => state !== 'pending'))
    expect(
      all(c, id)
        .map(({ state }) => state)
        .toSorted(),
    ).toEqual(['failed', 'succeeded'])
  })

  test('go on after a network was cut for a moment', async () => {
    const id = await begin(waiting, 8)
    await until('a run', () => runs(b))
    cut(b)
    await pass(10_000)
    mesh.network.heal()
    await ended(a, id)
    await ended(b, id)
    expect(
      all(b, id)
        .map(({ state, error }) => error ?? state)
        .toSorted(),
    ).toEqual([expect.stringMatching(/^host . is down$/), 'succeeded'])
  })

  test('say the same of a host that was dead when it is back', async () => {
    const id = await begin(waiting, 8)
    await until('a run', () => runs(b))
    const atDeath = structuredClone({ ...b.disk })
    cut(b)
    await ended(a, id)
    const told = all(a, id).map(({ state }) => state)
    expect(told).toEqual(['failed', 'failed'])
    await outcome(mesh.stop(b))
    Object.assign(b.disk, atDeath)
    mesh.network.heal()
    await mesh.start(b)
    await until('it is back', () => b.agent.iperf.exercise(id).state === 'ended')
    await pass(5_000)
    for (const host of [a, b, c]) expect(all(host, id).map(({ state }) => state)).toEqual(told)
  })

  test('give back what a dead host held when they are stopped', async () => {
    const id = await begin([['b', 'c']], 600)
    await until('a run', () => runs(b) && all(a, id)[0]?.state === 'running')
    cut(b)
    await outcome(a.agent.iperf.stop(id))
    await ended(a, id)
    await pass(5_000)
    expect(await outcome(a.agent.iperf.reservations())).toEqual([])
  })
})
