import { describe, expect, it } from 'vitest'
import type { HostId, HostName, LabName } from '../model/ids.ts'
import { listAllocations } from './allocations.ts'
import { decodeState, encodeState } from './snapshot.ts'
import { assignment, joining, START_MS, TestMesh } from './testdata/mesh.ts'

const H2 = 'H2' as HostId
const heirToken = {
  type: 'create-token',
  id: 'heir',
  verifier: 'v',
  role: 'core',
  uses: 1,
  expiresAtMs: START_MS * 9,
  name: 'h2' as HostName,
  replaces: H2,
} as const
const admit = (tokenId: string, number: number, name = 'h2') =>
  ({ type: 'admit', tokenId, host: joining(number, name) }) as never

/** Three hosts; `far` is on none of h2. */
const meshWithLabs = () => {
  const mesh = new TestMesh(3)
  const mgmt = { network: 'clab', mtuBytes: 1370, externalAccess: true, nodes: { 's-1': {}, 's-2': {}, 't-2': {} } }
  const published = [{ node: 's-2', host: H2, hostPort: 8080, containerPort: 80, protocol: 'tcp' }]
  mesh.do({ ...assignment('near', 1, { s: [1, 2], t: [2] }), mgmt, published } as never)
  mesh.do(assignment('far', 1, { s: [1, 3] }) as never)
  mesh.do({ type: 'reserve', pool: 'port/H2' as never, owner: 'me', count: 2, ttlMs: 60_000 })
  return mesh
}

describe('a host that takes the place of a lost one', () => {
  it('has its name, its overlay address, its lab nodes and every number; the old key is out for good', () => {
    const mesh = meshWithLabs()
    const before = mesh.state
    mesh.do(heirToken)
    const result = mesh.do(admit('heir', 9))
    expect(result).toMatchObject({
      ok: true,
      value: { host: { id: 'H9', name: 'h2', overlayAddress: before.roster.H2?.overlayAddress, state: 'admitted' } },
    })
    const { roster, assignments } = mesh.state
    expect(roster.H2?.state).toBe('removed')
    const [old, now] = [before.assignments.near, assignments.near]
    expect(now?.hosts).toEqual({ 's-1': 'H1', 's-2': 'H9', 't-2': 'H9' })
    expect(now?.segments).toEqual(JSON.parse(JSON.stringify(old?.segments).replaceAll('"H2"', '"H9"')))
    expect(now?.macs).toEqual(old?.macs)
    expect(Object.keys(now?.mgmt?.hosts ?? {})).toEqual(['H1', 'H9'])
    expect(now?.mgmt?.hosts['H9' as HostId]).toEqual(old?.mgmt?.hosts[H2])
    expect(now?.published).toMatchObject([{ node: 's-2', host: 'H9', hostPort: 8080 }])
    expect(now).toMatchObject({ index: mesh.index, intentVersion: old?.intentVersion })
    expect(assignments.far).toBe(before.assignments.far)
    const rows = (state: typeof before) =>
      listAllocations(state)
        .map((row) => JSON.stringify(row).replaceAll('H2', 'H9'))
        .toSorted()
    expect(rows(mesh.state)).toEqual(rows(before))
    expect(mesh.do(admit('heir', 2))).toMatchObject({ ok: false, code: 'NOT_ADMITTED' })
  })

  it('keeps giving numbers nobody has, and the leases it took over end', () => {
    const mesh = meshWithLabs()
    mesh.do(heirToken)
    mesh.do(admit('heir', 9))
    const next = assignment('more', 1, { s: [1, 2] })
    const moved = JSON.parse(JSON.stringify(next).replaceAll('"H2"', '"H9"'))
    expect(mesh.do(moved)).toMatchObject({ ok: true })
    const tags = Object.values(mesh.state.assignments).flatMap(({ segments }) =>
      Object.values(segments).flatMap(({ vlans }) => vlans['H9' as HostId] ?? []),
    )
    expect(new Set(tags).size).toBe(tags.length)
    mesh.do({ type: 'expire', nowMs: START_MS + 60_001 })
    expect(listAllocations(mesh.state).filter(({ owner }) => owner === 'user/me')).toEqual([])
  })

  it('survives a snapshot, with the token that lets it in', () => {
    const mesh = meshWithLabs()
    mesh.do(heirToken)
    mesh.state = decodeState(encodeState(mesh.state))
    mesh.do(admit('heir', 9))
    const again = decodeState(encodeState(mesh.state))
    expect(encodeState(again)).toEqual(encodeState(mesh.state))
    expect(again.roster.H9?.name).toBe('h2')
  })

  it('is refused where another one took the place or the name meanwhile, and is only another host once the old one is gone', () => {
    const mesh = meshWithLabs()
    mesh.do({ ...heirToken, uses: 2 })
    mesh.do(admit('heir', 8))
    expect(mesh.do(admit('heir', 9))).toMatchObject({ ok: false, code: 'NAME_TAKEN' })
    const other = meshWithLabs()
    other.do(heirToken)
    other.do({ type: 'remove-host', id: H2 })
    const address = other.state.roster.H2?.overlayAddress
    expect(other.do(admit('heir', 9))).toMatchObject({ ok: true })
    expect(other.state.roster.H9?.overlayAddress).not.toBe(address)
    expect(other.state.assignments['near' as LabName]?.hosts).toMatchObject({ 's-2': 'H2' })
  })

  it('stays drained where the old one was', () => {
    const mesh = meshWithLabs()
    mesh.do({ type: 'drain-host', id: H2, drained: true })
    mesh.do(heirToken)
    mesh.do(admit('heir', 9))
    expect(mesh.state.roster.H9?.drained).toBe(true)
  })
})
