import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { outcome, pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const none: ReadonlyMap<string, Uint8Array> = new Map()
const lab = (pin?: string) =>
  labSample({
    name: 'one',
    nodes: { r1: { host: 'a' }, r2: pin === undefined ? {} : { host: pin }, r3: {} },
    links: [['r1:eth1', 'r2:eth1']],
  })

describe('hosts', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  let c: AgentHost
  const all = (): AgentHost[] => [a, b, c]
  const upOn = (...hosts: readonly AgentHost[]) =>
    until('the lab up', () =>
      hosts.every(({ agent }) => agent.labs().find(({ name }) => name === 'one')?.state === 'up'),
    )
  const nodesOn = (host: AgentHost): readonly string[] =>
    [...host.toy.there.values()].flatMap((one) => (one.kind === 'workload' ? [one.node] : [])).toSorted()
  const stateOn = (host: AgentHost, name: string) => host.agent.hosts().find((other) => other.name === name)
  const leader = () => all().find(({ who }) => who.name === a.agent.leader().leader) ?? a
  const follower = () => all().find((host) => host !== leader()) ?? b

  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
    c = await mesh.join('c')
    await until('three voters', () => all().every(({ agent }) => agent.leader().voters.length === 3))
  })
  afterEach(async () => {
    expect(all().flatMap(({ fatal }) => fatal)).toEqual([])
    await mesh[Symbol.asyncDispose]()
  })

  test('a drained host loses its nodes, its vote and leadership, and says what stays; undrained it may have all again', async () => {
    expect(a.agent.leader()).toMatchObject({ leader: 'a' })
    await b.agent.submit(lab(), none)
    await upOn(a, b, c)
    await outcome(b.agent.drainHost('a', true))
    await until('another leads', () => all().every(({ agent }) => !['a', null].includes(agent.leader().leader)))
    await until('a has no vote', () => b.agent.leader().voters.join() === b.agent.leader().leader)
    expect(stateOn(c, 'a')).toMatchObject({ state: 'alive', drained: true })
    await until('only the pinned node stays', () => nodesOn(a).join() === 'r1')
    await upOn(a, b, c)
    expect(await outcome(c.agent.host('a'))).toMatchObject({
      drained: true,
      leads: false,
      votes: false,
      nodes: [{ lab: 'one', node: 'r1', reason: 'stays on a: pinned to it' }],
    })
    const pinned = labSample({ name: 'two', nodes: { r1: { host: 'a' } } })
    expect(await outcome(b.agent.submit(pinned, none))).toMatchObject({
      code: 'PLACEMENT_IMPOSSIBLE',
      message: expect.stringContaining('drained'),
    })
    await outcome(c.agent.drainHost('a', false))
    await until('three voters again', () => b.agent.leader().voters.length === 3)
    expect(stateOn(b, 'a')).not.toHaveProperty('drained')
  })

  test('a host with lab nodes is not removed, unless it is forced; its nodes are lost until the lab is asked for again', async () => {
    await a.agent.submit(lab('c'), none)
    await upOn(a, b, c)
    expect(await outcome(b.agent.removeHost('c', { force: false }))).toMatchObject({
      code: 'HOST_IN_USE',
      message: expect.stringContaining('r2 of one'),
    })
    expect(stateOn(b, 'c')).toMatchObject({ state: 'alive' })
    await mesh.stop(c)
    expect(await outcome(b.agent.removeHost('c', { force: true }))).toEqual({ name: 'c', id: c.who.id })
    await until('all know', () => [a, b].every((host) => stateOn(host, 'c')?.state === 'left'))
    const lost = a.agent.lab('one').nodes.find(({ name }) => name === 'r2')
    expect(lost).toMatchObject({ state: 'error', error: 'host c has left' })
    await until('one voter of two', () => a.agent.leader().voters.length === 1)
    await a.agent.submit(lab(), none)
    await upOn(a, b)
  })

  test('a host removes itself, also the leader, hears that it was, and never comes back', async () => {
    const gone = leader()
    const { name } = gone.who
    const others = all().filter((host) => host !== gone)
    expect(await outcome(gone.agent.removeHost(name, { force: false }))).toMatchObject({ name })
    await until('all know', () => all().every((host) => stateOn(host, name)?.state === 'left'))
    expect(stateOn(gone, name)?.reason).toContain('join with a new token')
    await until('another leads', () => others.every(({ agent }) => ![name, null].includes(agent.leader().leader)))
    expect(others[0]?.agent.leader().voters).not.toContain(name)
    await pass(10_000)
    expect(others.every((host) => stateOn(host, name)?.state === 'left')).toBe(true)
    expect(await outcome(others[0]?.agent.removeHost(name, { force: true }) ?? Promise.resolve())).toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  test('the last host and the last core host that may decide stay', async () => {
    for (const name of ['b', 'c']) await outcome(a.agent.drainHost(name, true))
    expect(await outcome(a.agent.removeHost('a', { force: true }))).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('only core host'),
    })
    for (const name of ['b', 'c']) await outcome(a.agent.removeHost(name, { force: false }))
    expect(await outcome(a.agent.removeHost('a', { force: true }))).toMatchObject({
      message: expect.stringContaining('last host'),
    })
    expect(await outcome(a.agent.removeHost('x', { force: true }))).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a leader that stops lets another one lead first; nothing asked meanwhile is lost', async () => {
    const old = leader()
    const asked = Array.from({ length: 20 }, () =>
      follower().agent.createToken({ role: 'core', ttlMs: 60_000, uses: 1 }),
    )
    expect(await outcome(old.agent.resign())).toBeUndefined()
    expect(old.agent.leader().leader).not.toBe(old.who.name)
    await mesh.stop(old)
    expect(await outcome(Promise.all(asked))).toHaveLength(20)
    await mesh.start(old)
  })
})
