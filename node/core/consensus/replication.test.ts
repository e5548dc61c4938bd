import { describe, expect, test } from 'vitest'
import { committed, elect, entry, id, persisted, raftOf, sent, TIMEOUT_MS, voting } from './raft.fixture.ts'
import type { Raft } from './raft.ts'
import type { RaftEffect } from './types.ts'

const NOW = TIMEOUT_MS
const ok = (raft: Raft, from: string, matchIndex: number, nowMs = NOW) =>
  raft.step(id(from), { type: 'append-ok', term: raft.status.term, matchIndex }, nowMs)
const refused = (raft: Raft, previousIndex: number, hintIndex: number, hintTerm: number) =>
  raft.step(id('b'), { type: 'append-refused', term: raft.status.term, previousIndex, hintIndex, hintTerm }, NOW)
const propose = (raft: Raft, ...commands: string[]) => {
  const result = raft.propose(commands, NOW)
  if (!('effects' in result)) throw new Error('refused')
  return result
}

describe('committing', () => {
  test('proposals made together share one write and one message per peer, sent meanwhile, and commit with a majority', () => {
    const raft = raftOf(persisted([]))
    elect(raft)
    expect(committed(ok(raft, 'b', 1))).toEqual([1])
    const { effects, accepted } = propose(raft, 'x', 'y', 'z')
    expect(accepted).toEqual([2, 3, 4].map((index) => ({ index, term: 1 })))
    expect(effects.map(({ type }) => type)).toEqual(['send', 'persist'])
    expect(committed(ok(raft, 'b', 3))).toEqual([2, 3])
    expect(committed(ok(raft, 'c', 4))).toEqual([4])
    expect(committed(ok(raft, 'b', 4))).toEqual([])
  })

  test('peers that stand alike get the very same message; others their own', () => {
    const raft = raftOf(persisted([]))
    elect(raft)
    for (const peer of ['b', 'c']) ok(raft, peer, 1)
    const messages = () => sent(propose(raft, 'x').effects).map(({ message }) => message)
    const [toB, toC] = messages()
    expect(toB).toMatchObject({ previousIndex: 1, entries: [{ index: 2 }] })
    expect(toC).toBe(toB)
    ok(raft, 'b', 2)
    const again = messages()
    expect(again).toMatchObject([{ entries: [{ index: 3 }] }, { entries: [{ index: 3 }] }])
    expect(again[0]).not.toBe(toB)
  })

  test('a message holds about a mebibyte of entries at most, and one in any case', () => {
    const raft = raftOf(persisted([]))
    elect(raft)
    ok(raft, 'b', 1)
    const size = (bytes: number): string => 'x'.repeat(bytes)
    const { effects } = propose(raft, size(400_000), size(400_000), size(400_000), size(3_000_000), 'small')
    const toB = sent(effects).flatMap(({ to, message }) => (to === 'b' && message.type === 'append' ? [message] : []))
    expect(toB.map(({ entries }) => entries.map(({ index }) => index))).toEqual([[2, 3], [4], [5], [6]])
  })

  test('an entry of an older term commits only along with one of the own (figure 8)', () => {
    const raft = raftOf(persisted([1, 2]), 1)
    elect(raft)
    expect(committed(ok(raft, 'b', 2))).toEqual([])
    expect(committed(ok(raft, 'b', 3))).toEqual([1, 2, 3])
  })

  test('a sole voter tells its learners of a commit only after its own write', () => {
    const sole = { index: 0, term: 0, configuration: voting('a', 'b'), state: null }
    const raft = raftOf(persisted([], { snapshot: sole }))
    raft.tick(0)
    ok(raft, 'b', 1)
    const told = ({ type, ...rest }: RaftEffect): string | number =>
      'message' in rest && 'commit' in rest.message ? rest.message.commit : type
    expect(propose(raft, 'x').effects.map(told)).toEqual([1, 'persist', 'commit'])
    expect(raft.tick(1).map(told)).toEqual([2])
    expect(raft.tick(2)).toEqual([])
  })

  test('learners are fed and do not count', () => {
    const raft = raftOf(
      persisted([], { snapshot: { index: 0, term: 0, configuration: voting('a b c', 'l m'), state: null } }),
    )
    elect(raft)
    expect(committed(ok(raft, 'l', 1))).toEqual([])
    expect(committed(ok(raft, 'm', 1))).toEqual([])
    expect(sent(propose(raft, 'x').effects).map(({ to }) => to)).toEqual(['l', 'm'])
    expect(committed(ok(raft, 'b', 1))).toEqual([1])
  })

  test('answers of strangers and of an impossible index are nothing', () => {
    const raft = raftOf(persisted([]))
    elect(raft)
    expect(ok(raft, 'x', 1)).toEqual([])
    expect(ok(raft, 'b', 99)).toEqual([])
    expect(raft.status.matchIndex.get(id('b'))).toBe(0)
  })

  test('only a leader takes proposals, others name it', () => {
    const raft = raftOf(persisted([]))
    expect(raft.propose(['x'], 1)).toEqual({ refused: 'NOT_LEADER', leader: null })
    raft.step(id('b'), { type: 'append', term: 1, previousIndex: 0, previousTerm: 0, entries: [], commit: 0 }, 2)
    expect(raft.propose(['x'], 3)).toEqual({ refused: 'NOT_LEADER', leader: 'b' })
  })
})

describe('feeding a peer', () => {
  test('probes with one message at a time, then sends on without waiting, up to a window', () => {
    const raft = raftOf(persisted([]), 2)
    elect(raft)
    expect(sent(propose(raft, 'x').effects)).toEqual([])
    ok(raft, 'b', 2)
    const batches = sent(propose(raft, ...'0123456789abcdef').effects).filter(({ to }) => to === 'b')
    expect(batches.map(({ message }) => 'entries' in message && message.entries.map(({ index }) => index))).toEqual([
      [3, 4],
      [5, 6],
      [7, 8],
      [9, 10],
    ])
    const next = sent(ok(raft, 'b', 4)).filter(
      ({ to, message }) => to === 'b' && 'entries' in message && message.entries.length > 0,
    )
    expect(next).toMatchObject([{ message: { previousIndex: 10, entries: [{ index: 11 }, { index: 12 }] } }])
  })

  test.each([
    ['ends before', 3, 0, 2],
    ['has a term we lack', 2, 3, 1],
    ['has more of a term we share', 4, 2, 3],
  ])('a log that %s is found with one refusal', (_, hintIndex, hintTerm, previousIndex) => {
    const raft = raftOf(persisted([1, 2, 2, 4, 4]))
    elect(raft)
    const entries = sent(refused(raft, 5, hintIndex, hintTerm))
    expect(entries).toMatchObject([{ to: 'b', message: { type: 'append', previousIndex } }])
  })

  test('refusals that are late, or lie, move nothing back behind what is known', () => {
    const raft = raftOf(persisted([1, 2, 2, 4, 4]))
    elect(raft)
    ok(raft, 'b', 4)
    expect(refused(raft, 3, 1, 1)).toEqual([])
    expect(sent(refused(raft, 6, 0, 0))).toMatchObject([{ message: { previousIndex: 4 } }])
    expect(refused(raft, 6, 0, 0)).toEqual([])
  })

  test('heartbeats come on time and carry the commit index', () => {
    const raft = raftOf(persisted([]))
    elect(raft)
    ok(raft, 'b', 1)
    expect(raft.tick(NOW + 99)).toEqual([])
    expect(sent(raft.tick(NOW + 100))).toMatchObject([
      { to: 'b', message: { type: 'append', previousIndex: 1, entries: [], commit: 1 } },
      { to: 'c', message: { type: 'append', previousIndex: 0, entries: [{ index: 1 }], commit: 1 } },
    ])
  })
})

describe('leading', () => {
  test('ends where no majority was heard for an election timeout', () => {
    const raft = raftOf(persisted([]))
    elect(raft)
    ok(raft, 'b', 1, NOW + 500)
    raft.tick(NOW + 1499)
    expect(raft.status.role).toBe('leader')
    expect(raft.tick(NOW + 1500)).toEqual([{ type: 'role', role: 'follower', term: 1, leader: null }])
  })

  test('ends at a message of a higher term', () => {
    const raft = raftOf(persisted([]))
    elect(raft)
    const effects = raft.step(
      id('b'),
      { type: 'append-refused', term: 7, previousIndex: 0, hintIndex: 1, hintTerm: 0 },
      NOW,
    )
    expect(effects[0]).toEqual({ type: 'persist', hard: { term: 7, votedFor: null } })
    expect(raft.status.role).toBe('follower')
  })

  test('is handed over once the successor has everything; meanwhile nothing is proposed', () => {
    const raft = raftOf(persisted([]))
    elect(raft)
    expect(raft.transferLeadership(id('x'), NOW)).toEqual([])
    expect(raft.transferLeadership(id('b'), NOW)).toEqual([])
    expect(raft.propose(['x'], NOW)).toEqual({ refused: 'NOT_LEADER', leader: null })
    expect(raft.changeMembership({ type: 'add-learner', host: id('d') }, NOW)).toEqual({ refused: 'NOT_LEADER' })
    expect(sent(ok(raft, 'b', 1)).map(({ message }) => message.type)).toContain('timeout-now')
    ok(raft, 'c', 1, NOW + 900)
    raft.tick(NOW + 1000)
    expect(raft.propose(['x'], NOW + 1000)).toHaveProperty('accepted', [{ index: 2, term: 1 }])
  })

  test('a successor stands at once, with leave to disturb', () => {
    const raft = raftOf(persisted([]))
    raft.step(
      id('b'),
      { type: 'append', term: 1, previousIndex: 0, previousTerm: 0, entries: [entry(1, 1)], commit: 0 },
      5,
    )
    expect(sent(raft.step(id('b'), { type: 'timeout-now', term: 1 }, 6))).toMatchObject([
      { to: 'b', message: { type: 'vote', term: 2, transfer: true } },
      { to: 'c', message: { type: 'vote', term: 2, transfer: true } },
    ])
  })
})
