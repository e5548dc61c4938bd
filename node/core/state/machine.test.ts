import { cpuUsage } from 'node:process'
import { describe, expect, it } from 'vitest'
import { MeshError } from '../model/errors.ts'
import type { HostId, LabName, SegmentId } from '../model/ids.ts'
import { listAllocations } from './allocations.ts'
import type { CommandResult } from './commands.ts'
import { initialState } from './machine.ts'
import { assignment, joining, START_MS, TestMesh } from './testdata/mesh.ts'

const code = (result: CommandResult): string => (result.ok ? 'ok' : result.code)
const token = (id: string, more: object = {}) =>
  ({
    type: 'create-token',
    id,
    verifier: `v-${id}`,
    role: 'worker',
    uses: 1,
    expiresAtMs: START_MS + 3_600_000,
    ...more,
  }) as const
const admit = (tokenId: string, host: ReturnType<typeof joining>, more: object = {}) =>
  ({ type: 'admit', tokenId, host, ...more }) as const

describe('a new mesh', () => {
  it('has its first host, with the first overlay address', () => {
    const { state } = new TestMesh()
    expect(state.roster.H1).toMatchObject({ name: 'h1', overlayAddress: '10.213.0.1', state: 'admitted' })
  })

  it('refuses an overlay network that is none', () => {
    expect(() =>
      initialState({ meshId: 'm', first: { ...joining(1), role: 'core' }, nowMs: 0, overlayCidr: '10.0.0.0/99' }),
    ).toThrow(MeshError)
  })
})

describe('tokens', () => {
  it('let in a host with the role of the token, once', () => {
    const mesh = new TestMesh()
    mesh.do(token('t'))
    const result = mesh.do(admit('t', { ...joining(2), role: 'core' }))
    expect(result).toMatchObject({ ok: true, value: { host: { role: 'worker', overlayAddress: '10.213.0.2' } } })
    expect(code(mesh.do(admit('t', joining(3))))).toBe('TOKEN_SPENT')
  })

  it('let the same host resume without spending, also after the end, with its new addresses', () => {
    const mesh = new TestMesh()
    mesh.do(token('t'))
    mesh.do(admit('t', joining(2)))
    const again = mesh.do(admit('t', { ...joining(2), addresses: ['198.51.100.9'] }, { nowMs: START_MS + 9_000_000 }))
    expect(again).toMatchObject({
      ok: true,
      value: { host: { overlayAddress: '10.213.0.2', addresses: ['198.51.100.9'] } },
    })
    expect(mesh.state.tokens.t?.usedBy).toEqual(['H2'])
  })

  it('fix the name where they carry one', () => {
    const mesh = new TestMesh()
    mesh.do(token('t', { name: 'gw' }))
    expect(mesh.do(admit('t', joining(2, 'other')))).toMatchObject({ value: { host: { name: 'gw' } } })
  })

  it.each([
    ['TOKEN_UNKNOWN', 'nope', joining(2), {}],
    ['TOKEN_UNKNOWN', 'constructor', joining(2), {}],
    ['TOKEN_REVOKED', 'revoked', joining(2), {}],
    ['TOKEN_EXPIRED', 't', joining(2), { nowMs: START_MS + 3_600_000 }],
    ['NAME_TAKEN', 't', joining(2, 'h1'), {}],
    ['BAD_INPUT', 't', { ...joining(2), wgPublicKey: 'key1=' }, {}],
    ['ALREADY_MEMBER', 't', joining(1), {}],
  ])('refuse with %s', (expected, id, host, more) => {
    const mesh = new TestMesh()
    mesh.do(token('t'))
    mesh.do(token('revoked'))
    mesh.do({ type: 'revoke-token', id: 'revoked' })
    const before = mesh.state.roster
    expect(code(mesh.do(admit(id, host, more)))).toBe(expected)
    expect(mesh.state.roster).toBe(before)
    expect(mesh.state.tokens.t?.usedBy).toEqual([])
  })

  it('are made once, and never already over', () => {
    const mesh = new TestMesh()
    expect(code(mesh.do(token('t')))).toBe('ok')
    expect(code(mesh.do(token('t')))).toBe('ok')
    expect(code(mesh.do(token('t', { verifier: 'other' })))).toBe('BAD_INPUT')
    expect(code(mesh.do(token('u', { expiresAtMs: START_MS })))).toBe('BAD_INPUT')
    expect(code(mesh.do({ type: 'revoke-token', id: 'nope' }))).toBe('NOT_FOUND')
  })
})

describe('hosts', () => {
  it('tell where they are reached, and the roster says when it changed', () => {
    const mesh = new TestMesh(2)
    const id = 'H2' as HostId
    const change = { type: 'update-host', id, addresses: ['203.0.113.5'], port: 1, wgPort: 2 } as const
    mesh.do(change)
    expect(mesh.state.roster.H2).toMatchObject({ addresses: ['203.0.113.5'], port: 1, wgPort: 2 })
    expect(mesh.state.rosterAt.index).toBe(mesh.index)
    mesh.do(change)
    expect(mesh.state.rosterAt.index).toBe(mesh.index - 1)
    expect(code(mesh.do({ ...change, id: 'H9' as HostId }))).toBe('NOT_FOUND')
  })

  it('that were removed never come back, free their numbers and their name', () => {
    const mesh = new TestMesh(2)
    mesh.do(assignment('lab', 1, { s: [1, 2] }))
    expect(code(mesh.do({ type: 'remove-host', id: 'H2' as HostId }))).toBe('ok')
    expect(mesh.state.roster.H2?.state).toBe('removed')
    expect(mesh.state.pools.get('vlan/H2')).toBeUndefined()
    expect(code(mesh.do(admit('all', joining(2))))).toBe('NOT_ADMITTED')
    expect(code(mesh.do({ type: 'update-host', id: 'H2' as HostId, addresses: [], port: 1, wgPort: 1 }))).toBe(
      'NOT_ADMITTED',
    )
    expect(code(mesh.do(assignment('other', 1, { s: [2] })))).toBe('PLACEMENT_IMPOSSIBLE')
    expect(mesh.do(admit('all', { ...joining(3), name: joining(2).name }))).toMatchObject({
      value: { host: { overlayAddress: '10.213.0.3' } },
    })
    expect(code(mesh.do({ type: 'remove-host', id: 'H2' as HostId }))).toBe('ok')
  })

  it('keep the last one', () => {
    expect(code(new TestMesh().do({ type: 'remove-host', id: 'H1' as HostId }))).toBe('BAD_INPUT')
  })
})

describe('assignments', () => {
  const segment = (mesh: TestMesh, lab: string, id: string) => mesh.state.assignments[lab]?.segments[id as SegmentId]

  it('have a VNI only across hosts, a tag per host and a MAC per end', () => {
    const mesh = new TestMesh(2)
    expect(mesh.do(assignment('lab', 1, { far: [1, 2], near: [1] }))).toEqual({
      ok: true,
      value: { type: 'lab', lab: 'lab', index: mesh.index },
    })
    expect(segment(mesh, 'lab', 'far')).toEqual({ vni: 4096, vlans: { H1: 1, H2: 1 }, mtuBytes: 1370 })
    expect(segment(mesh, 'lab', 'near')).toEqual({ vni: null, vlans: { H1: 2 }, mtuBytes: 1370 })
    expect(Object.values(mesh.state.assignments.lab?.macs ?? {})).toEqual([
      'aa:c1:ab:00:00:01',
      'aa:c1:ab:00:00:02',
      'aa:c1:ab:00:00:03',
    ])
  })

  it('keep the numbers of what stays and free those of what goes', () => {
    const mesh = new TestMesh(3)
    mesh.do(assignment('lab', 1, { a: [1, 2], b: [1, 2] }))
    const b = segment(mesh, 'lab', 'b')
    mesh.do(assignment('lab', 2, { b: [1, 2, 3], c: [1, 3] }))
    expect(segment(mesh, 'lab', 'b')).toEqual({ ...b, vlans: { ...b?.vlans, H3: 1 } })
    expect(segment(mesh, 'lab', 'c')?.vni).toBe(4098)
    expect(mesh.state.pools.get('vni')?.resting.minKey()?.[1]).toBe(4096)
    mesh.do(assignment('lab', 3, { b: [1] }))
    expect(segment(mesh, 'lab', 'b')).toEqual({ vni: null, vlans: { H1: b?.vlans['H1' as HostId] }, mtuBytes: 1370 })
  })

  it('are all or nothing', () => {
    const mesh = new TestMesh(2, { vlan: [1, 2] })
    mesh.do(assignment('lab', 1, { a: [1, 2] }))
    const { pools, assignments, labVersions } = mesh.state
    const result = mesh.do(assignment('big', 1, { a: [1, 2], b: [1, 2] }))
    expect(result).toMatchObject({
      ok: false,
      code: 'POOL_EXHAUSTED',
      details: { pool: 'vlan/H1', missing: 2, free: 1, inUse: 1 },
    })
    expect(result).toHaveProperty(
      'message',
      'Lab big needs 2 more of pool vlan of host h1: 1 are free, 1 in use, 0 rest after use.',
    )
    expect(mesh.state.pools).toBe(pools)
    expect(mesh.state).toMatchObject({ assignments, labVersions })
  })

  it('answer only newer intents, and none after a deletion but a newer one', () => {
    const mesh = new TestMesh()
    const lab = 'lab' as LabName
    mesh.do(assignment('lab', 2, { a: [1] }))
    expect(code(mesh.do(assignment('lab', 1, { a: [1] })))).toBe('BAD_INPUT')
    expect(code(mesh.do({ type: 'release', lab, intentVersion: '1.10.H1' }))).toBe('BAD_INPUT')
    expect(code(mesh.do({ type: 'release', lab, intentVersion: '3.30.H1' }))).toBe('ok')
    expect(mesh.state.assignments).toEqual({})
    expect(listAllocations(mesh.state).filter(({ owner }) => owner.startsWith('lab/'))).toEqual([])
    expect(code(mesh.do(assignment('lab', 3, { a: [1] })))).toBe('BAD_INPUT')
    expect(code(mesh.do(assignment('lab', 10, { a: [1] })))).toBe('ok')
  })

  it('stay as they are, index too, where nothing changes', () => {
    const mesh = new TestMesh(2)
    mesh.do(assignment('lab', 1, { a: [1, 2] }))
    const before = mesh.state.assignments.lab
    expect(mesh.do(assignment('lab', 1, { a: [1, 2] }))).toMatchObject({ value: { index: before?.index } })
    expect(mesh.state.assignments.lab).toBe(before)
  })

  it('take labs named like what every object has', () => {
    const mesh = new TestMesh()
    expect(code(mesh.do(assignment('constructor', 1, { toString: [1] })))).toBe('ok')
    expect(code(mesh.do({ type: 'release', lab: 'valueOf' as LabName, intentVersion: '1.1.H1' }))).toBe('ok')
  })

  it('of 1000 links take well under 50 ms of CPU', () => {
    const links = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, at) => [`s${at}`, [1 + (at % 3), 1 + ((at + 1) % 3)]]),
    )
    const command = assignment('lab', 1, links)
    const takenMs = Array.from({ length: 5 }, () => {
      const mesh = new TestMesh(3)
      const before = cpuUsage()
      mesh.do(command)
      const tookMs = cpuUsage(before).user / 1000
      expect(Object.keys(mesh.state.assignments.lab?.macs ?? {})).toHaveLength(2_000)
      return tookMs
    })
    expect(Math.min(...takenMs)).toBeLessThan(50)
  })
})

describe('the machine', () => {
  it('answers a request that comes again with what it said, and changes nothing', () => {
    const mesh = new TestMesh()
    const first = mesh.do({ ...token('t'), requestId: 'same' })
    const { state } = mesh
    expect(mesh.do({ ...token('u'), requestId: 'same' })).toEqual(first)
    expect(mesh.state).toBe(state)
  })

  it('keeps the last 1000 answers, and those of the last 15 s', () => {
    const mesh = new TestMesh()
    const first = { type: 'revoke-token', id: 'x', requestId: 'first' } as const
    const isKept = () => {
      const { state } = mesh
      mesh.do(first)
      return mesh.state === state
    }
    mesh.do(first)
    for (let count = 0; count < 1_500; count += 1) mesh.do({ type: 'expire' })
    expect(isKept()).toBe(true)
    mesh.do({ type: 'expire', nowMs: START_MS + 15_000 })
    for (let count = 0; count < 1_000; count += 1) mesh.do({ type: 'expire' })
    expect(isKept()).toBe(true)
    for (let count = 0; count < 30; count += 1) mesh.do({ type: 'expire', nowMs: START_MS + 30_000 })
    expect(isKept()).toBe(false)
  })

  it('never goes back in time', () => {
    const mesh = new TestMesh()
    mesh.do({ type: 'revoke-token', id: 'x', nowMs: START_MS + 50 })
    mesh.do({ type: 'revoke-token', id: 'x', nowMs: 7 })
    expect(mesh.state.nowMs).toBe(START_MS + 50)
  })

  it('lists what is given out, by pool and host', () => {
    const mesh = new TestMesh(2)
    mesh.do(assignment('lab', 1, { a: [1, 2] }))
    expect(listAllocations(mesh.state)).toEqual([
      { pool: 'mac', value: 'aa:c1:ab:00:00:01', owner: 'lab/lab/endpoint/a-1:eth1', sinceMs: START_MS },
      { pool: 'mac', value: 'aa:c1:ab:00:00:02', owner: 'lab/lab/endpoint/a-2:eth1', sinceMs: START_MS },
      { pool: 'overlay', value: '10.213.0.1', owner: 'host/H1', sinceMs: START_MS },
      { pool: 'overlay', value: '10.213.0.2', owner: 'host/H2', sinceMs: START_MS },
      { pool: 'vlan', value: 1, host: 'h1', owner: 'lab/lab/segment/a', sinceMs: START_MS },
      { pool: 'vlan', value: 1, host: 'h2', owner: 'lab/lab/segment/a', sinceMs: START_MS },
      { pool: 'vni', value: 4096, owner: 'lab/lab/segment/a', sinceMs: START_MS },
    ])
  })
})
