import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import type { RecordKind, RosterEntry, SignedRecord } from '#core/model/record.ts'
import { createKeys } from '#identity/keys.ts'
import { signRecord } from '#identity/sign.ts'
import { createVerifier } from '#identity/verify.ts'
import { rosterEntry } from '#testing/samples.ts'
import { isBodyReadable } from './bodies.ts'

const keys = createKeys()
const user = { name: 'ann', role: 'admin', password: '$argon2id$', version: '1.2' }
const token = { id: '0'.repeat(12), name: 'ci', role: 'viewer', sha256: 'a'.repeat(64), createdAtMs: 1, expiresAtMs: 2 }
const access = { epoch: 1, term: 2, index: 3, users: [user], tokens: [token], isCodeOpen: false }
const record = (kind: RecordKind, key: string, body: unknown, version: readonly number[] = [1, 2, 3]): SignedRecord =>
  signRecord({ kind, key, version, expiresAtMs: 0, body }, keys, [1, 1, 1])

test.each([
  ['people and tokens', record('access', 'mesh', access)],
  [
    'roles and fields of a later version',
    record('access', 'mesh', { ...access, users: [{ ...user, role: 'auditor', mfa: 1 }] }),
  ],
  ['ended sessions', record('logouts', keys.id, { ended: [['a', 5]] }, [])],
])('%s can be read', (_, good) => {
  expect(isBodyReadable(good)).toBe(true)
})

test.each([
  ['one under another key', record('access', 'other', access)],
  ['one that stands above what it says', record('access', 'mesh', access, [9, 2, 3])],
  ['one without version', record('access', 'mesh', access, [])],
  ['a name that is none', record('access', 'mesh', { ...access, users: [{ ...user, name: '__proto__' }] })],
  ['none', record('access', 'mesh', null)],
  ['ended sessions without end', record('logouts', keys.id, { ended: [['a']] }, [])],
  ['too many of them', record('logouts', keys.id, { ended: Array.from({ length: 5_001 }, () => ['a', 5]) }, [])],
])('%s cannot', (_, bad) => {
  expect(isBodyReadable(bad)).toBe(false)
})

test('whatever the body is, there is an answer', () => {
  fc.assert(
    fc.property(fc.constantFrom<RecordKind>('access', 'logouts'), fc.jsonValue(), (kind, body) => {
      expect(typeof isBodyReadable(record(kind, 'mesh', body))).toBe('boolean')
    }),
  )
})

test('only core hosts tell who may use the API; each host its own ended sessions alone', () => {
  const roster = (role: RosterEntry['role']) => [rosterEntry(keys.id as HostId, { role })]
  const verdict = (role: RosterEntry['role'], told: SignedRecord) =>
    createVerifier({ roster: () => roster(role) })(told).type
  expect(verdict('core', record('access', 'mesh', access))).toBe('verified')
  expect(verdict('worker', record('access', 'mesh', access))).toBe('reject')
  expect(verdict('worker', record('logouts', keys.id, { ended: [] }, []))).toBe('verified')
  expect(verdict('core', record('logouts', createKeys().id, { ended: [] }, []))).toBe('reject')
})
