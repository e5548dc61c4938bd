import { describe, expect, it } from 'vitest'
import type { HostId, LabName } from '../model/ids.ts'
import { listAllocations } from './allocations.ts'
import type { CommandResult } from './commands.ts'
import { nextLeaseEndMs } from './leases.ts'
import type { Reserve, ReservePool } from './reserve-commands.ts'
import { assignment, START_MS, TestMesh } from './testdata/mesh.ts'

const REST_MS = 600_000
const reserve = (owner: string, count = 1, ttlMs: number | null = null, pool: ReservePool = 'vni') =>
  ({ type: 'reserve', pool, owner, count, ttlMs }) satisfies Partial<Reserve>
const values = (result: CommandResult) =>
  result.ok ? result.value.type === 'numbers' && result.value.values : result.code
const freed = (result: CommandResult) => (result.ok ? result.value.type === 'freed' && result.value.count : result.code)

describe('reservations', () => {
  it('are the lowest free numbers, and the same ones when asked for again', () => {
    const mesh = new TestMesh()
    expect(mesh.do(reserve('a', 2))).toEqual({
      ok: true,
      value: { type: 'numbers', owner: 'a', pool: 'vni', values: [4096, 4097] },
    })
    expect(values(mesh.do(reserve('b')))).toEqual([4098])
    const { pools } = mesh.state
    expect(values(mesh.do(reserve('a', 2)))).toEqual([4096, 4097])
    expect(mesh.state.pools).toBe(pools)
    expect(listAllocations(mesh.state).filter(({ pool }) => pool === 'vni')).toMatchObject([
      { value: 4096, owner: 'user/a' },
      { value: 4097, owner: 'user/a' },
      { value: 4098, owner: 'user/b' },
    ])
  })

  it('share the pool with labs', () => {
    const mesh = new TestMesh(2)
    mesh.do(reserve('a'))
    mesh.do(assignment('lab', 1, { s: [1, 2] }))
    expect(values(mesh.do(reserve('b')))).toEqual([4098])
  })

  it('are refused for another count, naming what is held', () => {
    const mesh = new TestMesh()
    mesh.do(reserve('a', 2))
    expect(mesh.do(reserve('a', 3))).toMatchObject({ code: 'BAD_INPUT', details: { held: [4096, 4097], asked: 3 } })
  })

  it('are all or nothing, and say when there are more', () => {
    const mesh = new TestMesh(1, { vni: [10, 12] })
    mesh.do(reserve('a', 2))
    mesh.do({ type: 'free', owner: 'a' })
    mesh.do({ type: 'expire', nowMs: START_MS + 1_000 })
    expect(mesh.do(reserve('b', 2))).toEqual({
      ok: false,
      code: 'POOL_EXHAUSTED',
      message: 'b needs 2 more of pool vni: 1 are free, 0 in use, 2 rest after use, the first for 10 min more.',
      details: { pool: 'vni', missing: 2, free: 1, inUse: 0, resting: 2, freeAgainAtMs: START_MS + REST_MS },
    })
  })

  it('of ports are of hosts that are in', () => {
    const mesh = new TestMesh(2)
    expect(values(mesh.do(reserve('a', 1, null, 'port/H2' as ReservePool)))).toEqual([20_000])
    expect(values(mesh.do(reserve('b', 1, null, 'port/H9' as ReservePool)))).toBe('NOT_FOUND')
    mesh.do({ type: 'remove-host', id: 'H2' as HostId })
    expect(values(mesh.do(reserve('a', 1, null, 'port/H2' as ReservePool)))).toBe('NOT_FOUND')
  })

  it('of management addresses begin after the gateway', () => {
    const mesh = new TestMesh()
    mesh.do(reserve('a', 1, null, 'mgmt'))
    expect(listAllocations(mesh.state)).toMatchObject([{ pool: 'mgmt', value: '172.20.20.2' }, { pool: 'overlay' }])
  })

  it('are freed in every pool at once, and rest', () => {
    const mesh = new TestMesh()
    mesh.do(reserve('a', 2))
    mesh.do(reserve('a', 1, 5_000, 'port/H1' as ReservePool))
    mesh.do(reserve('a/b'))
    expect(freed(mesh.do({ type: 'free', owner: 'a' }))).toBe(3)
    expect(freed(mesh.do({ type: 'free', owner: 'a' }))).toBe(0)
    expect(nextLeaseEndMs(mesh.state)).toBeUndefined()
    expect(values(mesh.do(reserve('a')))).toEqual([4099])
    expect(values(mesh.do({ ...reserve('c'), nowMs: START_MS + REST_MS }))).toEqual([4096])
  })
})

describe('leases', () => {
  it('end at their time, whatever command comes then', () => {
    const mesh = new TestMesh()
    mesh.do(reserve('a', 2, 5_000))
    mesh.do(reserve('b', 1, 9_000))
    expect(nextLeaseEndMs(mesh.state)).toBe(START_MS + 5_000)
    expect(listAllocations(mesh.state)[1]).toMatchObject({ owner: 'user/a', untilMs: START_MS + 5_000 })
    expect(freed(mesh.do({ type: 'expire', nowMs: START_MS + 4_999 }))).toBe(0)
    expect(freed(mesh.do({ type: 'expire', nowMs: START_MS + 5_000 }))).toBe(2)
    mesh.do({ type: 'revoke-token', id: 'nope', nowMs: START_MS + 9_000 })
    expect(listAllocations(mesh.state)).toMatchObject([{ pool: 'overlay' }])
    expect(nextLeaseEndMs(mesh.state)).toBeUndefined()
  })

  it('go on when asked for again with a time, and as they were without', () => {
    const mesh = new TestMesh()
    mesh.do(reserve('a', 1, 5_000))
    mesh.do({ ...reserve('a'), nowMs: START_MS + 4_000 })
    expect(nextLeaseEndMs(mesh.state)).toBe(START_MS + 5_000)
    mesh.do({ ...reserve('a', 1, 3_000), nowMs: START_MS + 4_000 })
    expect(nextLeaseEndMs(mesh.state)).toBe(START_MS + 7_000)
    expect(values(mesh.do({ ...reserve('a', 1, 3_000), nowMs: START_MS + 6_999 }))).toEqual([4096])
    expect(values(mesh.do({ ...reserve('a', 1, 3_000), nowMs: START_MS + 90_000 }))).toEqual([4097])
  })

  it('end together where several are due, and only those', () => {
    const mesh = new TestMesh()
    mesh.do(reserve('a', 3, 1_000))
    mesh.do(reserve('b', 2, 2_000, 'mgmt'))
    mesh.do(reserve('c', 1, 3_000))
    mesh.do(reserve('d', 1, 3_001))
    mesh.do(reserve('e'))
    expect(freed(mesh.do({ type: 'expire', nowMs: START_MS + 3_000 }))).toBe(6)
    const left = listAllocations(mesh.state).map(({ owner }) => owner)
    expect(left).toEqual(['host/H1', 'user/d', 'user/e'])
    expect(nextLeaseEndMs(mesh.state)).toBe(START_MS + 3_001)
  })

  it('of a host that is removed go with it', () => {
    const mesh = new TestMesh(2)
    mesh.do(reserve('a', 1, 5_000, 'port/H2' as ReservePool))
    mesh.do({ type: 'remove-host', id: 'H2' as HostId })
    expect(nextLeaseEndMs(mesh.state)).toBeUndefined()
    expect(freed(mesh.do({ type: 'expire', nowMs: START_MS + 5_000 }))).toBe(0)
  })
})

describe('what is over', () => {
  const WEEK_MS = 7 * 24 * 3_600_000
  const admit = (mesh: TestMesh, tokenId: string) => {
    const [first] = Object.values(mesh.state.roster)
    const host = { ...first, id: 'H7', name: 'h7', wgPublicKey: 'key7=' }
    const result = mesh.do({ type: 'admit', tokenId, host } as unknown as Parameters<typeof mesh.do>[0])
    return result.ok ? 'ok' : result.code
  }

  it('is answered for a week, then forgotten', () => {
    const mesh = new TestMesh()
    const token = { type: 'create-token', verifier: 'v', role: 'core', uses: 1 } as const
    mesh.do({ ...token, id: 'short', expiresAtMs: START_MS + 1_000 })
    mesh.do({ ...token, id: 'long', expiresAtMs: START_MS + 9 * WEEK_MS })
    mesh.do({ ...token, id: 'taken', expiresAtMs: START_MS + 9 * WEEK_MS })
    mesh.do({ type: 'revoke-token', id: 'taken' })
    mesh.do(assignment('lab', 1, { s: [1] }))
    mesh.do({ type: 'release', lab: 'lab' as LabName, intentVersion: '2.20.H1' })
    mesh.do({ type: 'expire', nowMs: START_MS + WEEK_MS - 1 })
    expect([admit(mesh, 'short'), admit(mesh, 'taken')]).toEqual(['TOKEN_EXPIRED', 'TOKEN_REVOKED'])
    expect(Object.keys(mesh.state.labVersions)).toEqual(['lab'])
    mesh.do({ type: 'expire', nowMs: START_MS + WEEK_MS + 3_600_000 })
    expect([admit(mesh, 'short'), admit(mesh, 'taken')]).toEqual(['TOKEN_UNKNOWN', 'TOKEN_UNKNOWN'])
    expect(mesh.state.labVersions).toEqual({})
    expect(admit(mesh, 'long')).toBe('ok')
    mesh.do({ type: 'expire', nowMs: mesh.state.nowMs + WEEK_MS + 3_600_000 })
    expect(mesh.state.tokens).toEqual({})
  })

  it('though nobody deleted it, may be assigned again at the same version', () => {
    const mesh = new TestMesh(2)
    mesh.do(assignment('lab', 1, { s: [1, 2] }))
    const result = mesh.do({ type: 'release', lab: 'lab' as LabName, intentVersion: '1.10.H1', swept: true })
    expect(result).toMatchObject({ ok: true, value: { index: null } })
    expect(listAllocations(mesh.state).filter(({ owner }) => owner.startsWith('lab/'))).toEqual([])
    expect(mesh.do(assignment('lab', 1, { s: [1, 2] })).ok).toBe(true)
    expect(mesh.state.assignments.lab?.segments).toMatchObject({ s: { vni: 4097 } })
  })
})

describe('drained hosts', () => {
  it('are marked, and no longer', () => {
    const mesh = new TestMesh(2)
    const drain = (drained: boolean) => mesh.do({ type: 'drain-host', id: 'H2' as HostId, drained })
    expect(drain(true)).toMatchObject({ ok: true, value: { host: { id: 'H2', drained: true } } })
    expect(mesh.state.rosterAt.index).toBe(mesh.index)
    drain(true)
    expect(mesh.state.rosterAt.index).toBe(mesh.index - 1)
    drain(false)
    expect(mesh.state.roster.H2).not.toHaveProperty('drained')
    expect(mesh.do({ type: 'drain-host', id: 'H9' as HostId, drained: true })).toMatchObject({ code: 'NOT_FOUND' })
    mesh.do({ type: 'remove-host', id: 'H2' as HostId })
    expect(drain(true)).toMatchObject({ code: 'NOT_ADMITTED' })
  })
})
