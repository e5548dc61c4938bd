import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HostId, LabName } from '../model/ids.ts'
import type { Assignment } from '../model/lab.ts'
import { listAllocations } from './allocations.ts'
import { apply, type State } from './machine.ts'
import { recoverState } from './recover.ts'
import { decodeState, encodeState } from './snapshot.ts'
import { assignment, joining, START_MS, TestMesh } from './testdata/mesh.ts'

const WEEK_MS = 7 * 24 * 3_600_000
const NOW_MS = START_MS + 60_000
const told = (mesh: TestMesh, lab: string): Assignment => {
  const held = mesh.state.assignments[lab]
  if (held === undefined) throw new Error(`there is no lab ${lab}`)
  return held
}
const recovered = (mesh: TestMesh, ...assignments: Assignment[]): TestMesh => {
  const next = new TestMesh()
  next.state = recoverState(mesh.state, { assignments, nowMs: NOW_MS })
  next.index = mesh.index
  return next
}
const numbers = (state: State, lab: string) =>
  listAllocations(state).flatMap(({ owner, pool, value, host }) =>
    owner.startsWith(`lab/${lab}/`) ? [`${pool} ${host ?? ''} ${value}`] : [],
  )
const copy = (mesh: TestMesh): TestMesh => Object.assign(new TestMesh(), { state: mesh.state, index: mesh.index })

describe('a recovery', () => {
  it('begins the next epoch, in which all that was decided is decided', () => {
    const mesh = new TestMesh(2)
    mesh.do(assignment('lab', 1, { s: [1, 2] }))
    const { state } = recovered(mesh)
    expect(state).toMatchObject({ epoch: 2, nowMs: NOW_MS })
    expect(state.assignments.lab).toEqual({ ...told(mesh, 'lab'), epoch: 2 })
    expect(numbers(state, 'lab')).toEqual(numbers(mesh.state, 'lab'))
  })

  it('takes over newer decisions that gossip told, and leaves out what clashes', () => {
    const survivor = new TestMesh(2)
    survivor.do(assignment('old', 1, { s: [1, 2] }))
    const lost = copy(survivor)
    lost.do(assignment('old', 2, { s: [1, 2], t: [1, 2] }))
    lost.do(assignment('new', 1, { s: [1, 2] }))
    const clashing = { ...told(lost, 'new'), lab: 'third' as LabName, index: 1 }
    const { state } = recovered(survivor, clashing, told(lost, 'new'), told(lost, 'old'), told(survivor, 'old'))
    expect(Object.keys(state.assignments).sort()).toEqual(['new', 'old'])
    for (const lab of ['old', 'new']) {
      expect(numbers(state, lab)).toEqual(numbers(lost.state, lab))
      expect(state.assignments[lab]).toEqual({ ...told(lost, lab), epoch: 2 })
    }
    expect(listAllocations(decodeState(encodeState(state)))).toEqual(listAllocations(state))
  })

  it('leaves out labs on hosts it does not know, and deleted ones', () => {
    const mesh = new TestMesh(2)
    mesh.do(assignment('gone', 1, { s: [1, 2] }))
    const gone = told(mesh, 'gone')
    mesh.do({ type: 'release', lab: 'gone' as LabName, intentVersion: '2.20.H1' })
    const far = { ...gone, lab: 'far' as LabName, hosts: { r1: 'H9' as HostId } }
    expect(recovered(mesh, { ...gone, index: 99 }, far).state.assignments).toEqual({})
  })

  it('gives no number that the lost hosts may have given, for a week', () => {
    const mesh = new TestMesh(2)
    mesh.do(assignment('lab', 1, { s: [1, 2] }))
    const next = recovered(mesh)
    next.do(assignment('more', 1, { s: [1, 2] }))
    expect(next.state.assignments.more?.segments).toMatchObject({ s: { vni: 4096 + 1 + 1024, vlans: { H1: 1026 } } })
    next.do({ type: 'create-token', id: 't2', verifier: 'v', role: 'core', uses: 1, expiresAtMs: NOW_MS * 2 })
    expect(next.do({ type: 'admit', tokenId: 't2', host: joining(3) })).toMatchObject({
      value: { host: { overlayAddress: '10.213.4.3' } },
    })
    next.do({ type: 'expire', nowMs: NOW_MS + WEEK_MS })
    next.do(assignment('late', 1, { s: [1, 2] }))
    expect(next.state.assignments.late?.segments).toMatchObject({ s: { vni: 4097 } })
  })

  it('revokes open tokens: a use may be spent unseen', () => {
    const next = recovered(new TestMesh(2))
    expect(next.do({ type: 'admit', tokenId: 'all', host: joining(3) })).toMatchObject({ code: 'TOKEN_REVOKED' })
  })

  it('never clashes with what the lost majority went on to decide', () => {
    const lab = fc.constantFrom('x', 'y', 'z')
    const segments = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constant([1, 2]), { maxKeys: 3 })
    const step = fc.record({ lab, generation: fc.integer({ min: 1, max: 9 }), segments })
    const run = (
      mesh: TestMesh,
      list: readonly { lab: string; generation: number; segments: Record<string, readonly number[]> }[],
    ) => {
      for (const one of list) mesh.do(assignment(one.lab, one.generation, one.segments))
      return mesh
    }
    const steps = fc.array(step, { maxLength: 8 })
    fc.assert(
      fc.property(steps, steps, steps, (before, unseen, after) => {
        const survivor = run(new TestMesh(2), before)
        const lost = run(copy(survivor), unseen)
        const renamed = after.map((one) => ({ ...one, lab: `new-${one.lab}` }))
        const next = run(recovered(survivor), renamed)
        const fresh = ['x', 'y', 'z'].flatMap((name) => numbers(next.state, `new-${name}`))
        const theirs = new Set(['x', 'y', 'z'].flatMap((name) => numbers(lost.state, name)))
        expect(fresh.filter((number) => theirs.has(number))).toEqual([])
      }),
    )
  })
})

describe('adopting', () => {
  const survivor = new TestMesh(2)
  survivor.do(assignment('mine', 1, { s: [1, 2] }))
  const lost = copy(survivor)
  lost.do(assignment('late', 1, { s: [1, 2], near: [1] }))
  const late = told(lost, 'late')
  const begin = () => recovered(survivor)

  it('gives a lab exactly what an earlier epoch gave it, as decided now', () => {
    const mesh = begin()
    expect(mesh.do({ type: 'adopt', assignment: late })).toEqual({
      ok: true,
      value: { type: 'lab', lab: 'late', index: mesh.index },
    })
    expect(numbers(mesh.state, 'late')).toEqual(numbers(lost.state, 'late'))
    expect(mesh.state.assignments.late).toEqual({ ...late, epoch: 2, term: 1, index: mesh.index })
    const { state } = mesh
    expect(mesh.do({ type: 'adopt', assignment: late })).toMatchObject({ ok: true, value: { index: mesh.index - 1 } })
    expect(mesh.state.assignments).toBe(state.assignments)
  })

  it.each<[string, string, (mesh: TestMesh) => Assignment]>([
    ['of this epoch', 'BAD_INPUT', () => ({ ...late, epoch: 2 })],
    ['the log decided otherwise', 'BAD_INPUT', () => ({ ...late, lab: 'mine' as LabName })],
    [
      'with a number that another lab has',
      'ALLOCATION_CONFLICT',
      () => ({ ...told(survivor, 'mine'), lab: 'x' as LabName }),
    ],
    ['with a MAC that is none', 'ALLOCATION_CONFLICT', () => ({ ...late, macs: { 'r1:eth1': 'aa:c1:ab:00:00:00' } })],
    ['on a host that is not in', 'PLACEMENT_IMPOSSIBLE', () => ({ ...late, hosts: { r1: 'H9' as HostId } })],
    [
      'of a lab deleted since',
      'BAD_INPUT',
      (mesh) => {
        mesh.do({ type: 'release', lab: 'late' as LabName, intentVersion: '2.20.H1' })
        return late
      },
    ],
  ])('is refused for one %s', (_what, code, choose) => {
    const mesh = begin()
    const assignmentTold = choose(mesh)
    const { pools } = mesh.state
    expect(mesh.do({ type: 'adopt', assignment: assignmentTold })).toMatchObject({ ok: false, code })
    expect(mesh.state.pools).toBe(pools)
  })

  it('says who has the number', () => {
    const clash = { ...told(survivor, 'mine'), lab: 'x' as LabName }
    expect(begin().do({ type: 'adopt', assignment: clash })).toMatchObject({
      details: { owner: expect.stringMatching(/^lab\/mine\//) },
    })
  })

  it('never takes a number from who holds it, whatever is told', () => {
    const value = fc.integer({ min: 4094, max: 4100 })
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (vnis) => {
        const rows = vnis.map((vni, at) => [`s${at}`, { vni, vlans: {}, mtuBytes: 1370 }])
        const command = { type: 'adopt', assignment: { ...late, segments: Object.fromEntries(rows), macs: {} } }
        const at = { index: 50, term: 1 }
        const stamped = { ...command, requestId: 'r', nowMs: NOW_MS } as Parameters<typeof apply>[2]
        const { state } = apply(begin().state, at, stamped)
        const held = listAllocations(state).filter(({ pool }) => pool === 'vni')
        expect(new Set(held.map((row) => row.value)).size).toBe(held.length)
        expect(numbers(state, 'mine')).toEqual(numbers(survivor.state, 'mine'))
      }),
    )
  })
})
