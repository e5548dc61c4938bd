import { describe, expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import { changed, type MembershipChange } from './membership.ts'
import { committed, elect, entry, id, persisted, raftOf, sent, TIMEOUT_MS, voting } from './raft.fixture.ts'
import type { Raft } from './raft.ts'
import type { Configuration } from './types.ts'

const NOW = TIMEOUT_MS
const change = (raft: Raft, type: MembershipChange['type'], host: string, nowMs = NOW) =>
  raft.changeMembership({ type, host: id(host) }, nowMs)
const ok = (raft: Raft, from: string, matchIndex: number, nowMs = NOW) =>
  raft.step(id(from), { type: 'append-ok', term: raft.status.term, matchIndex }, nowMs)

function leaderOf(configuration: Configuration, terms: readonly number[] = []): Raft {
  const raft = raftOf(persisted(terms, { snapshot: { index: 0, term: 0, configuration, state: null } }))
  const others = configuration.voters.filter((host) => host !== 'a')
  elect(raft, others)
  for (const host of others) ok(raft, host, raft.status.lastIndex)
  return raft
}

describe('a change', () => {
  test('holds from when it is appended, for counting and for sending', () => {
    const raft = leaderOf(voting('a', 'b'))
    ok(raft, 'b', 1)
    const result = change(raft, 'promote', 'b')
    expect(raft.status.configuration).toEqual(voting('a b'))
    expect('effects' in result && committed(result.effects)).toEqual([])
    expect(committed(ok(raft, 'b', 2))).toEqual([2])
  })

  test('begins to feed a new learner', () => {
    const result = change(leaderOf(voting('a')), 'add-learner', 'b')
    expect('effects' in result && sent(result.effects)).toMatchObject([
      { to: 'b', message: { type: 'append', previousIndex: 1, entries: [{ index: 2 }] } },
    ])
  })

  test('is refused while another is not committed, and before an entry of the term is', () => {
    const raft = raftOf(persisted([1]))
    elect(raft)
    expect(change(raft, 'add-learner', 'd')).toEqual({ refused: 'TERM_NOT_COMMITTED' })
    ok(raft, 'b', 2)
    expect(change(raft, 'add-learner', 'd')).toHaveProperty('effects')
    expect(change(raft, 'add-learner', 'e')).toEqual({ refused: 'CHANGE_PENDING' })
    ok(raft, 'b', 3)
    expect(change(raft, 'add-learner', 'e')).toHaveProperty('effects')
  })

  const refusals: readonly (readonly [MembershipChange['type'], string, string])[] = [
    ['add-learner', 'b', 'ALREADY_MEMBER'],
    ['add-learner', 'l', 'ALREADY_MEMBER'],
    ['promote', 'b', 'NOT_LEARNER'],
    ['promote', 'x', 'NOT_LEARNER'],
    ['promote', 'l', 'NOT_CAUGHT_UP'],
    ['demote', 'l', 'NOT_VOTER'],
    ['remove', 'x', 'NOT_MEMBER'],
  ]
  test.each(refusals)('%s %s is refused: %s', (type, host, refused) => {
    expect(change(leaderOf(voting('a b', 'l')), type, host)).toEqual({ refused })
  })

  test('leaves the last voter, and is the leader’s alone', () => {
    const raft = leaderOf(voting('a', 'l'))
    expect(change(raft, 'remove', 'a')).toEqual({ refused: 'LAST_VOTER' })
    expect(change(raft, 'demote', 'a')).toEqual({ refused: 'LAST_VOTER' })
    expect(change(raftOf(persisted([])), 'add-learner', 'd', 0)).toEqual({ refused: 'NOT_LEADER' })
  })
})

describe('a learner gets its vote', () => {
  const terms = Array.from({ length: 30 }, () => 1)

  test('when it has all but a few of the committed entries', () => {
    const raft = leaderOf(voting('a', 'l'), terms)
    ok(raft, 'l', 14)
    expect(change(raft, 'promote', 'l')).toEqual({ refused: 'NOT_CAUGHT_UP' })
    ok(raft, 'l', 15)
    expect(change(raft, 'promote', 'l')).toHaveProperty('effects')
  })

  test('only while it is there', () => {
    const raft = leaderOf(voting('a', 'l'), terms)
    ok(raft, 'l', 31)
    expect(change(raft, 'promote', 'l', NOW + TIMEOUT_MS)).toEqual({ refused: 'NOT_CAUGHT_UP' })
  })
})

test('a leader that removes itself leads until that is committed, does not count itself, and hands over', () => {
  const raft = leaderOf(voting('a b c'))
  expect(change(raft, 'remove', 'a')).toHaveProperty('effects')
  expect(committed(ok(raft, 'b', 2))).toEqual([])
  expect(raft.status.role).toBe('leader')
  const effects = ok(raft, 'c', 2)
  expect(committed(effects)).toEqual([2])
  expect(sent(effects)).toContainEqual({ to: 'b', message: { type: 'timeout-now', term: 1 } })
  expect(effects.at(-1)).toEqual({ type: 'role', role: 'learner', term: 1, leader: null })
})

test('a removed host is fed no more', () => {
  const raft = leaderOf(voting('a b c'))
  const result = change(raft, 'remove', 'c')
  expect('effects' in result && sent(result.effects).map(({ to }) => to)).toEqual(['b'])
  expect([...raft.status.matchIndex.keys()]).toEqual(['b'])
})

test.each([
  ['add-learner', 'd', voting('a b', 'l d')],
  ['promote', 'l', voting('a b l')],
  ['demote', 'b', voting('a', 'l b')],
  ['remove', 'b', voting('a', 'l')],
  ['remove', 'l', voting('a b')],
] as const)('%s %s', (type, host, expected) => {
  expect(changed(voting('a b', 'l'), { type, host: host as HostId })).toEqual(expected)
})

test('a follower uses a configuration it merely has', () => {
  const raft = raftOf(persisted([]))
  const data = { type: 'configuration', configuration: voting('b c') } as const
  raft.step(
    id('b'),
    { type: 'append', term: 1, previousIndex: 0, previousTerm: 0, entries: [entry(1, 1, data)], commit: 0 },
    1,
  )
  expect(raft.status).toMatchObject({ role: 'learner', configuration: voting('b c'), commitIndex: 0 })
})
