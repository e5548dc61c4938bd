import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { outcome, until, useVirtualTime } from '#testing/virtual-time.ts'

const none: ReadonlyMap<string, Uint8Array> = new Map()
/** A lab whose one link crosses two hosts. */
const across = (name: string, hosts: readonly [string, string]) =>
  labSample({
    name,
    nodes: { r1: { host: hosts[0] }, r2: { host: hosts[1] } },
    links: [['r1:eth1', 'r2:eth1']],
  })
const TOKEN = { role: 'worker', ttlMs: 3_600_000, uses: 1 } as const
const confirmed = { confirm: 'a', force: false }

const isUp = (host: AgentHost, lab: string): boolean =>
  host.agent.labs().some(({ name, state }) => name === lab && state === 'up')
const upOn = (lab: string, ...hosts: readonly AgentHost[]) =>
  until(`${lab} up`, () => hosts.every((host) => isUp(host, lab)))
/** What a lab has: numbers, and the containers that run here. */
const numbers = (host: AgentHost, lab: string) =>
  host.agent.lab(lab).links.map(({ vni, endpoints }) => [vni, endpoints.map(({ vlan, mac }) => [vlan, mac])])
const containers = (host: AgentHost): readonly string[] =>
  [...host.toy.there.values()].flatMap((resource) =>
    resource.kind === 'workload' ? [`${resource.node} ${resource.containerId} ${resource.pid}`] : [],
  )
const voters = (host: AgentHost) => host.agent.leader().voters.join(' ')
const quorumLost = (host: AgentHost) =>
  until('the loss is known', () => {
    const { leader, missing } = host.agent.leader()
    const down = host.agent.hosts().filter(({ state }) => state === 'down')
    return leader === null && missing.length > 0 && down.length === missing.length
  })

describe('when the majority is lost', () => {
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
    await until('three voters', () => [a, b, c].every((host) => voters(host) === 'a b c'))
  })
  afterEach(async () => {
    for (const host of [a, b, c]) expect(host.fatal).toEqual([])
    await mesh[Symbol.asyncDispose]()
  })
  const loseTwo = async (): Promise<void> => {
    await mesh.stop(b)
    await mesh.stop(c)
    await quorumLost(a)
  }

  test('the survivor says who is missing and what works, and refuses what needs a majority', async () => {
    await loseTwo()
    expect(await outcome(a.agent.createToken(TOKEN))).toMatchObject({
      code: 'NO_QUORUM',
      message: expect.stringMatching(/b, c/),
    })
    const view = await a.agent.quorum()
    expect(view).toMatchObject({
      host: 'a',
      epoch: 1,
      leader: null,
      quorum: { have: 1, need: 2 },
      missing: ['b', 'c'],
      members: [
        { name: 'a', votes: true, state: 'alive', ageMs: 0, log: { epoch: 1 } },
        { name: 'b', votes: true, state: 'down', log: null },
        { name: 'c', votes: true, state: 'down', log: null },
      ],
      recovery: null,
    })
    expect(view.next.join('\n')).toMatch(/start b, c[\s\S]*skein quorum recover/)
  })

  test('goes on alone after a recovery: numbers stay, containers stay, new numbers are none of those', async () => {
    await a.agent.submit(across('one', ['a', 'b']), none)
    await upOn('one', a, b)
    const before = [numbers(a, 'one'), containers(a)]
    await loseTwo()
    const recovered = await outcome(a.agent.recoverQuorum(confirmed))
    expect(recovered).toMatchObject({ host: 'a', formerEpoch: 1, copy: expect.stringContaining('epoch-1') })
    expect(a.disk.copies.size).toBe(1)
    expect(await outcome(a.agent.createToken(TOKEN))).toMatchObject({ role: 'worker' })
    expect([numbers(a, 'one'), containers(a)]).toEqual(before)
    await a.agent.submit(across('two', ['a', 'a']), none)
    await upOn('two', a)

    await mesh.start(b)
    await until('b follows', () => b.agent.leader().leader === 'a' && isUp(b, 'one'))
    expect(b.disk.copies.size).toBe(1)
    expect(numbers(b, 'one')).toEqual(before[0])
    await mesh.start(c)
    await until('three voters again', () => [a, b, c].every((host) => voters(host) === 'a b c'))
    await b.agent.submit(across('three', ['b', 'c']), none)
    await upOn('three', b, c)
    const vnis = ['one', 'three'].flatMap((lab) => b.agent.lab(lab).links.map(({ vni }) => vni))
    expect(new Set(vnis).size).toBe(2)
    const { epoch } = await c.agent.quorum()
    expect((await c.agent.quorum()).members.map(({ log }) => log?.epoch)).toEqual([epoch, epoch, epoch])
    expect(epoch).toBeGreaterThan(1)
  })

  test('two that were only cut off follow when they are back; what they run keeps its numbers, what they decided is gone', async () => {
    await a.agent.submit(across('one', ['a', 'b']), none)
    await upOn('one', a, b)
    mesh.network.cut(a.who.id, b.who.id)
    mesh.network.cut(a.who.id, c.who.id)
    await quorumLost(a)
    await until(
      'the others go on',
      () => b.agent.leader().leader === c.agent.leader().leader && b.agent.leader().leader,
    )
    await outcome(b.agent.createToken(TOKEN))
    await b.agent.submit(across('later', ['b', 'c']), none)
    await upOn('later', b, c)
    const before = [numbers(b, 'later'), containers(b), containers(c)]
    const tokens = b.agent.tokens().length

    await outcome(a.agent.recoverQuorum(confirmed))
    mesh.network.heal()
    await until('all follow a', () => [b, c].every((host) => host.agent.leader().leader === 'a'))
    await until('voters again', () => [a, b, c].every((host) => voters(host) === 'a b c'))
    await upOn('later', a, b, c)
    expect([numbers(a, 'later'), containers(b), containers(c)]).toEqual(before)
    expect(numbers(b, 'later')).toEqual(numbers(a, 'later'))
    expect(tokens).toBeGreaterThan(a.agent.tokens().length)
    expect(b.agent.tokens()).toEqual(a.agent.tokens())
    const rows = await a.agent.allocations()
    const later = rows.filter(({ owner }) => owner.startsWith('lab/later/'))
    expect(later.map(({ pool }) => pool)).toContain('vni')
  })

  test('is refused while a majority stands, on a worker, under another name, and a second time', async () => {
    const w = await mesh.join('w', { role: 'worker' })
    expect(await outcome(a.agent.recoverQuorum(confirmed))).toMatchObject({ code: 'QUORUM_STANDS' })
    await mesh.stop(b)
    await until('one is missed', () => a.agent.leader().missing.length === 1)
    expect(await outcome(a.agent.recoverQuorum(confirmed))).toMatchObject({ code: 'QUORUM_STANDS' })
    await mesh.stop(c)
    await quorumLost(a)
    await expect(a.agent.recoverQuorum({ confirm: 'b', force: true })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(w.agent.recoverQuorum({ confirm: 'w', force: true })).rejects.toMatchObject({ code: 'NOT_CORE' })
    const both = await outcome(Promise.allSettled([a.agent.recoverQuorum(confirmed), a.agent.recoverQuorum(confirmed)]))
    expect(both).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'RECOVERY_UNDER_WAY' } }])
    expect(await outcome(a.agent.recoverQuorum(confirmed))).toMatchObject({ code: 'QUORUM_STANDS' })
  })

  test('of two survivors at most one recovers, and the other follows it', async () => {
    const d = await mesh.join('d')
    await until('d learns along', () => d.agent.leader().voters.length === 3 && d.agent.leader().leader !== null)
    await loseTwo()
    await quorumLost(d)
    const both = (await outcome(
      Promise.allSettled([a.agent.recoverQuorum(confirmed), d.agent.recoverQuorum({ confirm: 'd', force: true })]),
    )) as readonly PromiseSettledResult<unknown>[]
    expect(both.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
    await outcome(a.agent.recoverQuorum(confirmed))
    await until('d follows', () => d.agent.leader().leader === a.agent.leader().leader && a.agent.leader().leader)
    expect(await outcome(d.agent.recoverQuorum({ confirm: 'd', force: true }))).toMatchObject({
      code: expect.stringMatching(/QUORUM_STANDS|LOG_BEHIND/),
    })
    expect((await d.agent.quorum()).epoch).toBe((await a.agent.quorum()).epoch)
  })
})
