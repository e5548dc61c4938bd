import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LabIntent } from '#core/model/lab.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const none: ReadonlyMap<string, Uint8Array> = new Map()
const origin = { topology: 'name: one\n', fileName: 'one.clab.yml' }
const pair = (env: Readonly<Record<string, string>> = {}): LabIntent =>
  labSample({
    name: 'one',
    nodes: { r1: { host: 'a', env }, r2: { host: 'b' } },
    links: [['r1:eth1', 'r2:eth1']],
  })
const withFile = (text: string): { intent: LabIntent; contents: ReadonlyMap<string, Uint8Array>; sha256: string } => {
  const sha256 = createHash('sha256').update(text).digest('hex')
  const file = { path: 'r1.conf', sha256, sizeBytes: text.length, mode: 0o644 }
  const bare = pair()
  const binds = [{ source: 'r1.conf', target: '/r1.conf', travels: true }]
  const nodes = bare.nodes.map((node) => (node.name === 'r1' ? { ...node, binds } : node))
  return { intent: { ...bare, nodes, files: [file] }, contents: new Map([[sha256, Buffer.from(text)]]), sha256 }
}

describe('labs', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  const up = async (generation: number) => {
    await until('up', () => {
      const view = a.agent.lab('one')
      return view.state === 'up' && view.generation === generation
    })
  }
  beforeEach(async () => {
    mesh = await createAgentMesh()
    a = mesh.first
    b = await mesh.join('b')
  })
  afterEach(() => mesh[Symbol.asyncDispose]())

  test('a submission says what it changes; only that is touched', async () => {
    const first = await a.agent.submit(pair(), none, origin)
    expect(first).toMatchObject({ generation: 1, changes: { nodes: { create: 2, keep: 0 }, links: { create: 1 } } })
    await up(1)
    const [doneA, doneB] = [a.toy.done.length, b.toy.done.length]
    const second = await b.agent.submit(pair({ X: '1' }), none, origin)
    expect(second).toMatchObject({
      generation: 2,
      changes: { nodes: { create: 0, recreate: 1, keep: 1 }, links: { create: 0, change: 1 } },
    })
    await up(2)
    expect(a.toy.done.slice(doneA).filter((op) => op.includes('workload'))).toEqual([
      'delete workload/one/r1',
      'create workload/one/r1',
    ])
    expect(b.toy.done.slice(doneB)).toEqual([])
    const again = await a.agent.submit(pair({ X: '1' }), none, origin)
    expect(again).toMatchObject({ generation: 2, changes: { nodes: { recreate: 0, keep: 2 }, links: { keep: 1 } } })
    await until('told', () => a.agent.revisions('one').length === 2)
    expect(a.agent.revisions('one').map(({ revision }) => revision)).toEqual([1, 2])
  })

  test('a link that asks for more than its way carries whole is told of, and refused where that is asked', async () => {
    const bare = pair()
    const large = { ...bare, segments: bare.segments.map((segment) => ({ ...segment, mtuBytes: 9_000 })) }
    const notes = ['r1:eth1--r2:eth1: packets over 1370 of its 9000 bytes go in pieces between a and b']
    expect(await a.agent.plan(large)).toMatchObject({ notes, links: [{ mtu: 9_000, pathMtu: 1_370 }] })
    await expect(a.agent.submit({ ...large, strictMtu: true }, none, origin)).rejects.toMatchObject({
      code: 'MTU_TOO_LARGE',
      message: `lab one asks for larger packets than can pass whole: ${notes[0]}`,
      details: { links: [{ id: 'r1:eth1--r2:eth1', mtu: 9_000, pathMtu: 1_370 }] },
    })
    expect(() => a.agent.lab('one')).toThrow('there is no lab named one')
    expect(await a.agent.submit(large, none, origin)).toMatchObject({ generation: 1, notes })
    await up(1)
    expect(a.agent.lab('one').links).toMatchObject([{ mtu: 9_000, pathMtu: 1_370 }])
    expect(await a.agent.submit(bare, none, origin)).toMatchObject({
      notes: ['packets over 1370 bytes go in pieces between hosts, on 1 link; --strict-mtu gives them that MTU'],
    })
    await up(2)
    expect(a.agent.lab('one').links).toMatchObject([{ mtu: 9_500, pathMtu: 1_370 }])
    expect(await a.agent.submit({ ...bare, strictMtu: true }, none, origin)).not.toHaveProperty('notes')
    await up(3)
    expect(a.agent.lab('one').links).toMatchObject([{ mtu: 1_370, pathMtu: 1_370 }])
  })

  test('any host tells the history, also when the one that took it is gone; a rollback is a new state', async () => {
    await a.agent.submit(pair(), none, { ...origin, message: 'first', name: 'base' })
    await up(1)
    await a.agent.submit(pair({ X: '1' }), none, { topology: 'name: one # 2\n' })
    await up(2)
    await until('the history', () => b.agent.lab('one').generation === 2 && b.agent.revisions('one').length === 2)
    await pass(6_000)
    await mesh.stop(a)
    expect(b.agent.revisions('one')).toMatchObject([
      { revision: 1, host: 'a', name: 'base', message: 'first', nodes: 2, links: 1, isCurrent: false },
      { revision: 2, host: 'a', isCurrent: true },
    ])
    expect(await b.agent.revision('one', 'base')).toMatchObject({ ...origin, revision: 1, intent: pair() })
    expect(await b.agent.diffRevisions('one', '1')).toMatchObject({
      from: 1,
      to: 2,
      nodes: [{ name: 'r1', change: 'change', why: 'env.X added' }],
      links: [],
    })
    await mesh.start(a)
    await until('both', () => b.agent.hosts().every(({ state }) => state === 'alive'))
    await until('a leader', () => b.agent.leader().quorum.have >= b.agent.leader().quorum.need)
    await b.agent.rollback('one', 'base', {})
    await up(3)
    expect(b.agent.revisions('one').at(-1)).toMatchObject({ revision: 3, host: 'b', message: 'back to revision 1' })
    expect((await b.agent.revision('one')).topology).toBe(origin.topology)
    await expect(b.agent.revision('one', '9')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'lab one has no revision 9; kept are 1 (base), 2, 3',
    })
    await b.agent.remove('one')
    await until('gone', () => b.agent.labs().length === 0)
    expect(b.agent.revisions('one')).toHaveLength(3)
    expect(() => b.agent.revisions('two')).toThrow('no revision of a lab named two was kept')
  })

  test('a rollback brings the files back, from any host that kept them', async () => {
    const [old, now] = [withFile('old'), withFile('new')]
    await a.agent.submit(old.intent, old.contents, origin)
    await up(1)
    await a.agent.submit(now.intent, now.contents, origin)
    await up(2)
    await until('b keeps them', () => b.disk.blobs.has(old.sha256))
    a.disk.blobs.delete(old.sha256)
    await a.agent.rollback('one', '1', {})
    await up(3)
    expect(Buffer.from(a.disk.blobs.get(old.sha256) ?? []).toString()).toBe('old')
  })

  test('a plan says the commands of every host, and stands in for numbers nobody gave out', async () => {
    const plan = await a.agent.plan(pair(), { commands: true })
    expect(plan.commands?.map(({ host }) => host)).toEqual(['a', 'b'])
    const lines = plan.commands?.[1]?.rounds.flat().flatMap(({ commands }) => commands)
    expect(lines?.some(({ argv }) => argv?.join(' ') === 'toy create workload/one/r2')).toBe(true)
    expect(JSON.stringify(lines)).toContain('<vni:r1:eth1--r2:eth1>')
    expect(JSON.stringify(lines)).toContain('<pid:r2>')
    expect(b.toy.done.filter((op) => op.includes('workload'))).toEqual([])
    await a.agent.submit(pair(), none, origin)
    await up(1)
    const same = await b.agent.plan(pair(), { commands: true })
    expect(same.commands).toEqual([
      { host: 'a', rounds: [] },
      { host: 'b', rounds: [] },
    ])
  })

  test('all images that are missing are told at once, and nothing is started', async () => {
    await pass(1_000)
    a.fetchable = b.fetchable = []
    const intent = labSample({ name: 'one', nodes: { r1: { host: 'a' }, r2: { host: 'b' } } })
    await expect(b.agent.submit(intent, none, origin)).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      details: { reasons: ['image alpine (r1, r2) is not on a, b and cannot be fetched there'] },
    })
    expect((await b.agent.plan(intent)).missing).toEqual([
      { image: 'alpine', hosts: ['a', 'b'], on: [], nodes: ['r1', 'r2'] },
    ])
    expect(b.agent.labs()).toEqual([])
    b.fetchable = ['alpine']
    await expect(a.agent.submit(intent, none, origin)).rejects.toMatchObject({
      details: { reasons: ['image alpine (r1) is not on a and cannot be fetched there'] },
    })
    a.fetchable = ['alpine']
    expect(await a.agent.submit(intent, none, origin)).toMatchObject({ generation: 1 })
  })
})
