import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LabFile } from '#core/model/lab.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { outcome, pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const none: ReadonlyMap<string, Uint8Array> = new Map()
const pair = (extra: { readonly files?: readonly LabFile[] } = {}) =>
  labSample({
    name: 'one',
    nodes: { r1: { host: 'a', exec: [['hello', 'r1']] }, r2: { host: 'b', exec: [['hello', 'r2']] } },
    links: [['r1:eth1', 'r2:eth1']],
    ...extra,
  })
const stateOn = (host: AgentHost, lab: string): string | undefined =>
  host.agent.labs().find(({ name }) => name === lab)?.state
const upOn = (...hosts: readonly AgentHost[]) =>
  until('the lab up', () => hosts.every((host) => stateOn(host, 'one') === 'up'))
const ofLab = (host: AgentHost): readonly string[] =>
  [...host.toy.there.values()].flatMap((resource) =>
    'lab' in resource || resource.kind === 'port' ? [resource.id] : [],
  )

describe('agents', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
  })
  afterEach(async () => {
    expect(a.fatal).toEqual([])
    await mesh[Symbol.asyncDispose]()
  })

  test('a mesh of one leads itself and brings a lab up', async () => {
    const intent = labSample({ name: 'one', nodes: { r1: {}, r2: {} }, links: [['r1:eth1', 'r2:eth1']] })
    expect(a.agent.self()).toMatchObject({ name: 'a', role: 'core', meshId: 'm1', version: '0.1.0' })
    expect(await a.agent.submit(intent, none)).toMatchObject({ generation: 1 })
    expect(a.agent.lab('one').state).not.toBe('up')
    await upOn(a)
    expect(a.agent.labs()).toEqual([
      {
        name: 'one',
        state: 'up',
        generation: 1,
        changedAtMs: expect.any(Number),
        nodes: { running: 2, total: 2 },
        links: { up: 1, total: 1 },
        hosts: ['a'],
      },
    ])
    expect([...a.toy.there.values()].filter(({ kind }) => kind === 'vtep')).toEqual([])
  })

  test('a lab across two hosts comes up on both, runs its commands once, answers exec from either, and goes', async () => {
    const b = await mesh.join('b')
    await b.agent.submit(pair(), none)
    await upOn(a, b)
    expect(a.agent.lab('one').links).toMatchObject([{ state: 'up', mtu: 9500, vni: 4096 }])
    expect([...b.toy.there.values()].find((one) => one.kind === 'vtep' && one.lab === 'one')).toMatchObject({
      vni: 4096,
      local: '10.213.0.2',
      remotes: ['10.213.0.1'],
    })
    expect([a.execs, b.execs]).toEqual([['hello r1'], ['hello r2']])
    expect(await a.agent.exec('one', 'r2', ['id'])).toMatchObject({
      host: 'b',
      stdout: expect.stringMatching(/ of b$/),
    })
    expect(await a.agent.exec('one', 'r1', ['id'])).toMatchObject({ host: 'a' })
    // Only what came by way of another host is told where it ran.
    const { events } = await b.agent.events({ limit: 1_000 })
    expect(events.filter(({ code }) => code === 'NODE_EXEC')).toMatchObject([
      { hostName: 'b', lab: 'one', about: 'r2', message: 'a command was run, by way of a' },
    ])
    await expect(a.agent.exec('one', 'r3', ['id'])).rejects.toMatchObject({
      message: expect.stringContaining('r1, r2'),
    })
    await a.agent.remove('one')
    await until('nothing left', () => ofLab(a).length + ofLab(b).length === 0 && a.agent.labs().length === 0)
    expect(() => b.agent.lab('one')).toThrow('there is no lab named one')
    await expect(b.agent.remove('one')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('an agent that restarts touches nothing that is as it should be', async () => {
    const b = await mesh.join('b')
    await a.agent.submit(pair(), none)
    await upOn(a, b)
    await pass(1_000)
    await mesh.stop(b)
    b.toy.done.length = 0
    await mesh.start(b)
    await pass(20_000)
    await upOn(a, b)
    expect(b.toy.done).toEqual([])
    expect(b.execs).toEqual(['hello r2'])
    b.toy.there.clear()
    await until('b repaired', () => ofLab(b).length > 0)
    await upOn(a, b)
  })

  test('files travel to the host that needs them before its container is made', async () => {
    const b = await mesh.join('b', { role: 'worker' })
    const bytes = Buffer.from('hostname r2')
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const file: LabFile = { path: 'r2/frr.conf', sha256, sizeBytes: bytes.length, mode: 0o644 }
    await a.agent.submit(pair({ files: [file] }), new Map([[sha256, bytes]]))
    await until('the container', () => b.toy.done.some((op) => op === 'create workload/one/r2'))
    expect(await readFile(join(b.labFolder, 'one', 'files', 'r2', 'frr.conf'), 'utf8')).toBe('hostname r2')
    await upOn(a, b)
  })

  test('a host cut off from the majority says so; what was asked there is done once it is back', async () => {
    const b = await mesh.join('b')
    mesh.network.cut(a.who.id, b.who.id)
    await until('a down', () => b.agent.hosts().some(({ name, state }) => name === 'a' && state === 'down'))
    const code = 'NO_QUORUM'
    const asked = b.agent.createToken({ role: 'core', ttlMs: 60_000, uses: 1 })
    expect(await outcome(asked)).toMatchObject({ code, message: expect.stringContaining('missing: a') })
    expect(b.agent.leader()).toMatchObject({ quorum: { have: 0, need: 1 }, missing: ['a'] })
    await b.agent.submit(pair(), none)
    await pass(500)
    expect(b.agent.lab('one')).toMatchObject({ state: 'pending', waiting: { code } })
    mesh.network.heal()
    await upOn(a, b)
    expect(b.agent.lab('one')).not.toHaveProperty('waiting')
  })

  test('a worker keeps no log and admits nobody; it asks the leader what the log holds', async () => {
    const b = await mesh.join('b', { role: 'worker' })
    await a.agent.submit(pair(), none)
    await upOn(a, b)
    const allocations = await a.agent.allocations()
    expect(allocations.map(({ pool }) => pool)).toEqual(expect.arrayContaining(['vni', 'overlay']))
    expect(await b.agent.allocations()).toEqual(allocations)
    const wish = { role: 'worker', ttlMs: 60_000, uses: 2 } as const
    expect(await outcome(b.agent.createToken(wish))).toMatchObject({ code: 'NOT_CORE' })
    expect(await outcome(b.agent.revokeToken('none'))).toMatchObject({ code: 'NOT_CORE' })
    expect(a.agent.tokens().filter(({ usesLeft }) => usesLeft === 2)).toEqual([])
  })

  test('a lab that fits nowhere is refused as a whole, before anything starts', async () => {
    const intent = labSample({ name: 'one', nodes: { r1: {}, r2: { host: 'nowhere' } } })
    await expect(a.agent.submit(intent, none)).rejects.toMatchObject({
      code: 'PLACEMENT_IMPOSSIBLE',
      message: expect.stringContaining('nowhere'),
    })
    expect(a.agent.labs()).toEqual([])
    await expect(a.agent.plan(intent)).rejects.toThrow('nowhere')
  })
})
