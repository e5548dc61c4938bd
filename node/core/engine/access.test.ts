import { describe, expect, test } from 'vitest'
import { benchHost } from '#testing/engine-bench.ts'
import type { AccessBody } from '../model/access.ts'
import type { RecordDraft, VerifiedRecord } from '../model/record.ts'
import { START_MS, TestMesh } from '../state/testdata/mesh.ts'
import { accessBody, accessDraft, newerAccess } from './access.ts'
import { Book } from './book.ts'

const HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}`
const { id: author } = benchHost('a', 1)
let sequence = 0
const bookOf = (draft: RecordDraft | undefined): Book => {
  const book = new Book()
  sequence += 1
  const record = { ...draft, author, fresh: [1, 1, sequence], signature: '' } as unknown as VerifiedRecord
  if (draft !== undefined) book.merge(record)
  return book
}
const withAnn = (): TestMesh => {
  const mesh = new TestMesh()
  mesh.do({ type: 'user-set', name: 'ann', role: 'admin', password: HASH })
  return mesh
}

describe('who may use the API', () => {
  test('is told once, and again when it changed', () => {
    const mesh = withAnn()
    const first = accessDraft({ state: mesh.state, book: new Book() })
    expect(first).toMatchObject({ kind: 'access', key: 'mesh', version: [1, 1, 1] })
    expect(accessDraft({ state: mesh.state, book: bookOf(first) })).toBeUndefined()
    mesh.do({ type: 'reserve', pool: 'vni', owner: 'a', count: 1, ttlMs: null })
    expect(accessDraft({ state: mesh.state, book: bookOf(first) })).toBeUndefined()
    mesh.do({ type: 'user-set', name: 'bob', role: 'viewer', password: HASH })
    const next = accessDraft({ state: mesh.state, book: bookOf(first) })
    expect(next).toMatchObject({ version: [1, 1, 3], body: { users: [{ name: 'ann' }, { name: 'bob' }] } })
  })

  test('is told by what was decided last: a log that is behind says nothing', () => {
    const [behind, ahead] = [withAnn(), withAnn()]
    ahead.do({ type: 'user-remove', name: 'nobody' })
    ahead.do({ type: 'user-set', name: 'bob', role: 'viewer', password: HASH })
    expect(
      accessDraft({ state: behind.state, book: bookOf(accessDraft({ state: ahead.state, book: new Book() })) }),
    ).toBe(undefined)
  })

  test('goes on in a new epoch with what gossip told, where the log that is left ends before', () => {
    const [behind, ahead] = [withAnn(), withAnn()]
    ahead.do({ type: 'user-set', name: 'ann', password: HASH.replaceAll('a', 'b').replace('brgon', 'argon') })
    ahead.do({
      type: 'api-token-create',
      id: '0'.repeat(12),
      name: 'x',
      role: 'viewer',
      sha256: 'a'.repeat(64),
      expiresAtMs: START_MS * 2,
    })
    const told = bookOf(accessDraft({ state: ahead.state, book: new Book() }))
    expect(newerAccess(behind.state, told)).toEqual(ahead.state.access)
    expect(newerAccess(ahead.state, bookOf(accessDraft({ state: behind.state, book: new Book() })))).toBe(
      ahead.state.access,
    )
    expect(newerAccess(ahead.state, new Book())).toBe(ahead.state.access)
  })

  test('a code that may have been used while this host was behind is not good any more', () => {
    const mesh = new TestMesh()
    const open = { ...mesh.state, access: { ...mesh.state.access, firstCode: 'c'.repeat(64) } }
    const body: AccessBody = { ...accessBody(withAnn().state), isCodeOpen: true }
    const told = bookOf({ kind: 'access', key: 'mesh', version: [1, 1, 1], expiresAtMs: 0, body })
    expect(newerAccess(open, told)).not.toHaveProperty('firstCode')
  })
})
