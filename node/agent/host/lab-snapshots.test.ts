import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { NodeName } from '#core/model/ids.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import type { NodeSnapshot, Snapshots } from '#drivers/snapshots.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { outcome, until, useVirtualTime } from '#testing/virtual-time.ts'
import { MAX_SNAPSHOTS } from './snapshots.ts'

const trio = labSample({
  name: 'one',
  nodes: { r1: { host: 'a' }, r2: { host: 'b' }, r3: { host: 'b' } },
  links: [['r1:eth1', 'r2:eth1']],
})

interface ToySnapshots extends Snapshots {
  readonly kept: NodeSnapshot[]
  readonly restored: string[]
  fault: string | undefined
  /** While a snapshot is taken. */
  during: () => Promise<void>
}

const toySnapshots = (): ToySnapshots => {
  const toy: ToySnapshots = {
    provider: 'docker',
    kept: [],
    restored: [],
    fault: undefined,
    during: async () => {},
    take: async ({ node }, name) => {
      await toy.during()
      if (toy.fault !== undefined) throw new MeshError('TOOL_FAILED', toy.fault)
      toy.kept.push({ node, name, createdMs: 1, sizeBytes: 5 })
    },
    restore: async ({ node }, name) => void toy.restored.push(`${node} ${name}`),
    list: async () => [...toy.kept],
    remove: async ({ node }, name) => {
      const at = toy.kept.findIndex((one) => one.node === node && one.name === name)
      if (at >= 0) toy.kept.splice(at, 1)
    },
    keepOnly: async (mayGo) => {
      if (mayGo(trio.name)) toy.kept.length = 0
      return true
    },
  }
  return toy
}

describe('snapshots of a lab over two hosts', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  let onA: ToySnapshots
  let onB: ToySnapshots
  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
    ;[onA, onB] = [toySnapshots(), toySnapshots()]
    a.snapshots.push(onA)
    b.snapshots.push(onB)
    await a.agent.submit(trio, new Map())
    await until('the lab up', () => [a, b].every((host) => host.agent.lab('one').state === 'up'))
  })
  afterEach(async () => {
    expect([...a.fatal, ...b.fatal]).toEqual([])
    await mesh[Symbol.asyncDispose]()
  })

  const names = (all: readonly { readonly node: string; readonly host: string }[]) =>
    all.map(({ node, host }) => `${node}@${host}`)

  test('are taken, listed, put back and removed from any host, each node where it is', async () => {
    const taken = await outcome(b.agent.takeSnapshot('one', { name: 's1' }))
    expect(taken).toMatchObject({ lab: 'one', name: 's1', nodes: [{ ok: true }, { ok: true }, { ok: true }] })
    expect(onA.kept.map(({ node }) => node)).toEqual(['r1'])
    expect(names((await outcome(a.agent.snapshots('one'))) as never)).toEqual(['r1@a', 'r2@b', 'r3@b'])
    expect(await outcome(a.agent.restoreSnapshot('one', { name: 's1', nodes: ['r3'] }))).toMatchObject({
      nodes: [{ node: 'r3', host: 'b', ok: true }],
    })
    expect(onB.restored).toEqual(['r3 s1'])
    await outcome(a.agent.restoreSnapshot('one', { name: 's1' }))
    expect([onA.restored, onB.restored]).toEqual([['r1 s1'], ['r3 s1', 'r2 s1', 'r3 s1']])
    await outcome(b.agent.removeSnapshot('one', { name: 's1', nodes: ['r2'] }))
    expect(names((await outcome(a.agent.snapshots('one'))) as never)).toEqual(['r1@a', 'r3@b'])
    await outcome(b.agent.removeSnapshot('one', { name: 's1' }))
    expect(await outcome(a.agent.snapshots('one'))).toEqual([])
  })

  test('nothing is begun where one of the name is there, a node has too many, or nobody is called so', async () => {
    await outcome(a.agent.takeSnapshot('one', { name: 's1', nodes: ['r2'] }))
    const again = await outcome(a.agent.takeSnapshot('one', { name: 's1' }))
    expect(again).toMatchObject({ code: 'SNAPSHOT_EXISTS', message: 'snapshot s1 of lab one is there already: r2' })
    for (let i = 1; i < MAX_SNAPSHOTS; i += 1)
      onB.kept.push({ node: 'r2' as NodeName, name: `x${i}`, createdMs: 1, sizeBytes: 1 })
    expect(await outcome(a.agent.takeSnapshot('one', { name: 's2' }))).toMatchObject({
      code: 'SNAPSHOT_LIMIT',
      message: expect.stringMatching(/^r2 of lab one has 10/),
    })
    expect(await outcome(a.agent.takeSnapshot('one', { name: 's2', nodes: ['r9'] }))).toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await outcome(a.agent.takeSnapshot('two', { name: 's2' }))).toMatchObject({ code: 'NOT_FOUND' })
    for (const verb of ['restoreSnapshot', 'removeSnapshot'] as const)
      expect(await outcome(a.agent[verb]('one', { name: 's1', nodes: ['r2', 'r3'] }))).toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringMatching(/node r3/),
      })
    expect(onA.kept).toEqual([])
  })

  test('a node that fails is told; the others are kept', async () => {
    onB.fault = 'no space left'
    expect(await outcome(a.agent.takeSnapshot('one', { name: 's1' }))).toMatchObject({
      nodes: [
        { node: 'r1', ok: true },
        { node: 'r2', ok: false, message: 'no space left' },
        { node: 'r3', ok: false },
      ],
    })
    expect(onA.kept).toHaveLength(1)
  })

  test('one whose node moved is on the host it was on, and says so', async () => {
    onB.kept.push({ node: 'r1' as NodeName, name: 's1', createdMs: 1, sizeBytes: 1 })
    expect(await outcome(a.agent.restoreSnapshot('one', { name: 's1' }))).toMatchObject({
      code: 'NOT_FOUND',
      message: 'node r1 is on a now, its snapshot on b',
    })
  })

  test('a node that is worked on is left alone by whoever makes the host match', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    onA.during = () => promise
    const taken = outcome(b.agent.takeSnapshot('one', { name: 's1', nodes: ['r1'] }))
    const id = workloadId(trio.name, 'r1' as NodeName)
    a.toy.done.length = 0
    a.toy.there.delete(id)
    await outcome(a.agent.reconcileLab('one'))
    expect(a.toy.done).not.toContain(`create ${id}`)
    resolve()
    await taken
    await until('it is made again', () => a.toy.there.has(id))
  })

  test('what was kept goes with the lab', async () => {
    await outcome(a.agent.takeSnapshot('one', { name: 's1' }))
    await a.agent.remove('one')
    await until('nothing is kept', () => onA.kept.length + onB.kept.length === 0)
  })
})
