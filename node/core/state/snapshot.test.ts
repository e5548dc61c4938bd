import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MeshError } from '../model/errors.ts'
import { listAllocations } from './allocations.ts'
import { nextLeaseEndMs } from './leases.ts'
import { decodeState, encodeState } from './snapshot.ts'
import { assignment, START_MS, TestMesh } from './testdata/mesh.ts'

const mesh = new TestMesh(2)
mesh.do(assignment('lab', 1, { s: [1, 2], near: [1] }))
mesh.do({ type: 'reserve', pool: 'vni', owner: 'a', count: 2, ttlMs: 5_000 })
mesh.do({ type: 'reserve', pool: 'vni', owner: 'b', count: 1, ttlMs: null })
mesh.do({ type: 'free', owner: 'b' })
mesh.do({ type: 'revoke-token', id: 'all' })
const { state } = mesh

type Json = { [key: string]: Json } & Json[]
/** The snapshot with one thing in it changed. */
const changed = (change: (json: Json) => void): unknown => {
  const json = JSON.parse(JSON.stringify(encodeState(state)))
  change(json)
  return json
}
const pool = (json: Json, name: string): Json => json.pools?.find((row) => String(row[0]) === name)?.[1] as Json

describe('a snapshot', () => {
  it('gives back a state that is the same, down to its bytes', () => {
    const text = JSON.stringify(encodeState(state))
    const back = decodeState(JSON.parse(text))
    expect(JSON.stringify(encodeState(back))).toBe(text)
    expect(listAllocations(back)).toEqual(listAllocations(state))
    expect(nextLeaseEndMs(back)).toBe(START_MS + 5_000)
    expect(back).toMatchObject({ roster: state.roster, tokens: state.tokens, assignments: state.assignments })
  })

  it('does not grow with what is free', () => {
    expect(JSON.stringify(encodeState(new TestMesh().state)).length).toBeLessThan(1_000)
  })

  it.each<[string, (json: Json) => void]>([
    ['a number held twice', (json) => pool(json, 'vni').held?.[0]?.push(4097 as never)],
    ['a number held and at rest', (json) => pool(json, 'vni').resting?.push([9, 4096, 4096] as never)],
    ['a number out of range', (json) => pool(json, 'vni').held?.[0]?.splice(3, 1, 4095 as never)],
    ['a rest out of range', (json) => pool(json, 'vni').resting?.push([9, 1, 4095] as never)],
    ['a rest that ends before it begins', (json) => pool(json, 'vni').resting?.push([9, 5_000, 4_999] as never)],
    ['an owner twice', (json) => pool(json, 'vni').held?.push(['user/a', 1, 0, 9_000] as never)],
    ['an owner of nothing', (json) => pool(json, 'vni').held?.push(['user/z', 1, 0] as never)],
    ['a pool twice', (json) => json.pools?.push(['vni', { held: [], resting: [] }] as never)],
    ['a pool that is none', (json) => json.pools?.push(['vlan', { held: [], resting: [] }] as never)],
    ['half a number', (json) => pool(json, 'vni').held?.[0]?.splice(3, 1, 4096.5 as never)],
    ['a network that is none', (json) => Object.assign(json.config as object, { mgmtCidr: '10.0.0.1/24' })],
    ['a range that ends before it begins', (json) => Object.assign(json.config as object, { vni: [9, 8] })],
    ['no epoch', (json) => delete json.epoch],
    ['a time that is none', (json) => Object.assign(json, { nowMs: '5' })],
    ['a roster that is a table', (json) => Object.assign(json, { roster: {} })],
    ['an answer without a result', (json) => json.answers?.young?.push(['x'] as never)],
    [
      'an answer of no known code',
      (json) => json.answers?.young?.push(['x', { ok: false, code: 'toString' }] as never),
    ],
  ])('with %s is refused', (_what, change) => {
    const json = changed(change)
    expect(json).not.toEqual(JSON.parse(JSON.stringify(encodeState(state))))
    expect(() => decodeState(json)).toThrow(expect.objectContaining({ code: 'CORRUPT_STORE' }))
  })

  it('is refused with CORRUPT_STORE and nothing else, whatever it is', () => {
    const decode = (json: unknown): void => {
      try {
        decodeState(json)
      } catch (error) {
        if (!(error instanceof MeshError) || error.code !== 'CORRUPT_STORE') throw error
      }
    }
    fc.assert(fc.property(fc.anything(), decode))
    const keys = Object.keys(encodeState(state) as object)
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) =>
        decode(changed((json) => Object.assign(json, { [key]: value }))),
      ),
    )
  })
})
