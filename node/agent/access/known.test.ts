import { expect, test } from 'vitest'
import { Book } from '#core/engine/book.ts'
import type { AccessBody, UserEntry } from '#core/model/access.ts'
import type { VerifiedRecord } from '#core/model/record.ts'
import { initialState } from '#core/state/machine.ts'
import { benchHost } from '#testing/engine-bench.ts'
import { Known } from './known.ts'

const { id, entry } = benchHost('a', 1)
const user = (name: string): UserEntry => ({ name, role: 'admin', password: 'x', version: '1.1' })
const initial = initialState({ meshId: 'm', first: entry, nowMs: 0 })
const state = { ...initial, access: { users: { ann: user('ann') }, tokens: {}, at: { term: 2, index: 5 } } }

/** Gossip tells of mallory, in this term. */
const bookOf = (term: number): Book => {
  const body: AccessBody = { epoch: 1, term, index: 5, users: [user('mallory')], tokens: [], isCodeOpen: false }
  const record = { kind: 'access', key: 'mesh', author: id, fresh: [1, 1, 1], version: [1, term, 5], expiresAtMs: 0 }
  const book = new Book()
  book.merge({ ...record, body, signature: '' } as unknown as VerifiedRecord)
  return book
}

test.each([
  ['has a log that follows a leader: the log, whatever gossip says', { log: true, leader: id, term: 9e15 }, 'ann'],
  ['has a log, and hears no leader: whoever is newer, gossip', { log: true, leader: null, term: 3 }, 'mallory'],
  ['has a log, and hears no leader: whoever is newer, the log', { log: true, leader: null, term: 1 }, 'ann'],
  ['has no log: gossip', { log: false, leader: id, term: 1 }, 'mallory'],
])('who may use the API, where a host %s', (_, { log, leader, term }, name) => {
  const replica = { state, standing: { leader, role: 'follower', term: 2 } }
  const engine = { book: bookOf(term), replica: log ? replica : undefined }
  const known = new Known(engine as unknown as ConstructorParameters<typeof Known>[0])
  expect(known.now.users.map((one) => one.name)).toEqual([name])
})
