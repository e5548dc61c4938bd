import { describe, expect, it } from 'vitest'
import { MAX_API_TOKENS } from '../model/access.ts'
import { decodeCommand } from './commands.ts'
import { decodeState, encodeState } from './snapshot.ts'
import { START_MS, TestMesh } from './testdata/mesh.ts'

const hashOf = (letter: string): string => `$argon2id$v=19$m=19456,t=2,p=1$${letter.repeat(22)}$${letter.repeat(43)}`
const CODE = 'a'.repeat(64)
const meshWith = (firstCode?: string): TestMesh => {
  const mesh = new TestMesh()
  mesh.state = { ...mesh.state, access: { ...mesh.state.access, ...(firstCode === undefined ? {} : { firstCode }) } }
  return mesh
}
const admin = (mesh: TestMesh, name = 'ann') =>
  mesh.do({ type: 'user-set', name, role: 'admin', password: hashOf('a') })
const token = (id: string, more: { expiresAtMs?: number; sha256?: string } = {}) =>
  ({
    type: 'api-token-create',
    id: id.padStart(12, '0'),
    name: 'ci',
    role: 'viewer',
    sha256: 'b'.repeat(64),
    expiresAtMs: START_MS * 2,
    ...more,
  }) as const

describe('users', () => {
  it('a new one needs role and password; later one of them will do', () => {
    const mesh = meshWith()
    expect(mesh.do({ type: 'user-set', name: 'ann', role: 'admin' })).toMatchObject({ ok: false, code: 'BAD_INPUT' })
    expect(admin(mesh)).toMatchObject({ ok: true })
    expect(mesh.do({ type: 'user-set', name: 'bob', role: 'viewer', password: hashOf('b') })).toMatchObject({
      ok: true,
    })
    expect(mesh.do({ type: 'user-set', name: 'bob', role: 'operator' })).toMatchObject({ ok: true })
    expect(mesh.state.access.users.bob).toMatchObject({ role: 'operator', password: hashOf('b') })
  })

  it('get another version with each change that ends sessions, also when they come back', () => {
    const mesh = meshWith()
    admin(mesh)
    const seen = new Set<string | undefined>()
    const look = () => seen.add(mesh.state.access.users.bob?.version)
    mesh.do({ type: 'user-set', name: 'bob', role: 'viewer', password: hashOf('b') })
    look()
    mesh.do({ type: 'user-set', name: 'bob', role: 'viewer' })
    look()
    expect(seen.size).toBe(1)
    mesh.do({ type: 'user-set', name: 'bob', password: hashOf('c') })
    look()
    mesh.do({ type: 'user-set', name: 'bob', role: 'admin' })
    look()
    mesh.do({ type: 'user-remove', name: 'bob' })
    mesh.do({ type: 'user-set', name: 'bob', role: 'admin', password: hashOf('c') })
    look()
    expect(seen.size).toBe(4)
  })

  it('the last admin stays one', () => {
    const mesh = meshWith()
    admin(mesh)
    expect(mesh.do({ type: 'user-remove', name: 'ann' })).toMatchObject({ ok: false, code: 'LAST_ADMIN' })
    expect(mesh.do({ type: 'user-set', name: 'ann', role: 'viewer' })).toMatchObject({ ok: false, code: 'LAST_ADMIN' })
    admin(mesh, 'bob')
    expect(mesh.do({ type: 'user-remove', name: 'ann' })).toMatchObject({ ok: true })
    expect(mesh.do({ type: 'user-remove', name: 'ann' })).toMatchObject({ ok: false, code: 'NOT_FOUND' })
    expect(mesh.do({ type: 'user-remove', name: 'constructor' })).toMatchObject({ ok: false, code: 'NOT_FOUND' })
  })
})

describe('the code of the bootstrap', () => {
  const first = (code: string, name = 'ann') => ({ type: 'first-login', code, name, password: hashOf('a') }) as const

  it('makes one admin, once', () => {
    const mesh = meshWith(CODE)
    expect(mesh.do(first('c'.repeat(64)))).toMatchObject({ ok: false, code: 'LOGIN_WRONG' })
    expect(mesh.do(first(CODE))).toMatchObject({ ok: true })
    expect(mesh.do(first(CODE, 'eve'))).toMatchObject({ ok: false, code: 'LOGIN_WRONG' })
    expect(Object.keys(mesh.state.access.users)).toEqual(['ann'])
  })

  it('is worth nothing once there is an admin by other means, and where there was none', () => {
    const mesh = meshWith(CODE)
    mesh.do({ type: 'user-set', name: 'vic', role: 'viewer', password: hashOf('v') })
    expect(mesh.state.access.firstCode).toBe(CODE)
    admin(mesh)
    expect(mesh.do(first(CODE, 'eve'))).toMatchObject({ ok: false, code: 'LOGIN_WRONG' })
    expect(meshWith().do(first(CODE))).toMatchObject({ ok: false, code: 'LOGIN_WRONG' })
  })
})

describe('API tokens', () => {
  it('are made once, and taken back once', () => {
    const mesh = meshWith()
    expect(mesh.do(token('1'))).toMatchObject({ ok: true })
    expect(mesh.do(token('1'))).toMatchObject({ ok: true })
    expect(mesh.do(token('1', { sha256: 'c'.repeat(64) }))).toMatchObject({ ok: false, code: 'BAD_INPUT' })
    expect(mesh.do(token('2', { expiresAtMs: 5 }))).toMatchObject({ ok: false, code: 'BAD_INPUT' })
    expect(mesh.do({ type: 'api-token-revoke', id: '1'.padStart(12, '0') })).toMatchObject({ ok: true })
    expect(mesh.do({ type: 'api-token-revoke', id: '1'.padStart(12, '0') })).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('that ended make room for others', () => {
    const mesh = meshWith()
    for (let at = 0; at < MAX_API_TOKENS; at += 1) mesh.do(token(at.toString(16)))
    expect(mesh.do(token('fffff'))).toMatchObject({ ok: false, code: 'BAD_INPUT' })
    expect(mesh.do({ ...token('fffff', { expiresAtMs: START_MS * 5 }), nowMs: START_MS * 3 })).toMatchObject({
      ok: true,
    })
    expect(Object.keys(mesh.state.access.tokens)).toHaveLength(1)
  })
})

describe('what is kept', () => {
  it('comes back from a snapshot; one of a former version has nobody', () => {
    const mesh = meshWith(CODE)
    mesh.do({ type: 'user-set', name: 'vic', role: 'viewer', password: hashOf('v') })
    mesh.do(token('1'))
    const json = JSON.parse(JSON.stringify(encodeState(mesh.state)))
    expect(decodeState(json).access).toEqual(mesh.state.access)
    const { access: _none, ...former } = json
    expect(decodeState(former).access).toEqual({ users: {}, tokens: {}, at: { index: 0, term: 0 } })
  })

  it.each([
    { type: 'user-set', name: '../x', role: 'admin', password: hashOf('a') },
    { type: 'user-set', name: 'local', role: 'admin', password: hashOf('a') },
    { type: 'user-set', name: 'ann', role: 'king', password: hashOf('a') },
    { type: 'user-set', name: 'ann', role: 'admin', password: 'in the open' },
    { type: 'first-login', code: 'short', name: 'ann', password: hashOf('a') },
    { ...token('1'), sha256: 'no' },
  ])('%j is no command', (command) => {
    expect(decodeCommand({ requestId: 'r', nowMs: 1, ...command })).toBeUndefined()
  })
})
