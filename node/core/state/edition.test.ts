import { describe, expect, it } from 'vitest'
import { ACCESS_EDITION, EDITION, editionOf } from './edition.ts'
import { initialState } from './machine.ts'
import { decodeState, encodeState } from './snapshot.ts'
import { joining, START_MS, TestMesh } from './testdata/mesh.ts'

const HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`
const kept = (json: unknown) => decodeState(JSON.parse(JSON.stringify(json)))

describe('the edition of a state', () => {
  it('is that of the newest command it took, also of one it refused', () => {
    const mesh = new TestMesh(2)
    expect(mesh.state.edition).toBe(1)
    mesh.do({ type: 'user-remove', name: 'nobody' })
    expect(mesh.state.edition).toBe(ACCESS_EDITION)
    mesh.do({ type: 'reserve', pool: 'vni', owner: 'a', count: 1, ttlMs: null })
    expect(mesh.state.edition).toBe(ACCESS_EDITION)
  })

  it('is in its snapshots; those of a former version are of the first', () => {
    const mesh = new TestMesh()
    mesh.do({ type: 'user-set', name: 'ann', role: 'admin', password: HASH })
    const json = encodeState(mesh.state) as Record<string, unknown>
    expect(kept(json).edition).toBe(ACCESS_EDITION)
    const { edition: _, access: __, ...former } = json
    expect(kept(former)).toMatchObject({ edition: 1, access: { users: {} } })
  })

  it('counts the code of the bootstrap', () => {
    const fields = { meshId: 'm', first: { ...joining(1), role: 'core' as const }, nowMs: START_MS }
    expect(initialState({ ...fields, firstCode: 'c'.repeat(64) }).edition).toBe(ACCESS_EDITION)
    expect(initialState(fields).edition).toBe(1)
  })

  it('is none this version does not understand', () => {
    for (const type of ['assign', 'user-set', 'api-token-revoke', 'hold-test'] as const)
      expect(editionOf({ type })).toBeLessThanOrEqual(EDITION)
  })
})
