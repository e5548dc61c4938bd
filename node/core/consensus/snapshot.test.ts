import { describe, expect, test } from 'vitest'
import { committed, elect, entry, id, persisted, raftOf, sent, TIMEOUT_MS, voting } from './raft.fixture.ts'

const NOW = TIMEOUT_MS
const SNAPSHOT = { index: 4, term: 2, configuration: voting('a b c d'), state: 'four' }
const install = { type: 'snapshot', term: 3, snapshot: SNAPSHOT } as const

describe('compacting', () => {
  test('stands for the committed log only, and only once', () => {
    const raft = raftOf(persisted([1, 1, 1]))
    raft.step(id('b'), { type: 'append', term: 1, previousIndex: 3, previousTerm: 1, entries: [], commit: 2 }, 1)
    expect(raft.compact(3, 's')).toEqual([])
    const snapshot = { index: 2, term: 1, configuration: voting('a b c'), state: 's' }
    expect(raft.compact(2, 's')).toEqual([{ type: 'persist', snapshot }])
    expect(raft.compact(2, 's')).toEqual([])
    expect(raft.status).toMatchObject({ snapshotIndex: 2, lastIndex: 3, commitIndex: 2 })
  })

  test('a host that starts commits on from its snapshot', () => {
    const raft = raftOf(persisted([2, 3], { snapshot: SNAPSHOT }))
    expect(raft.status).toMatchObject({ commitIndex: 4, lastIndex: 6, configuration: voting('a b c d') })
    const beat = { type: 'append', term: 3, previousIndex: 6, previousTerm: 3, entries: [], commit: 6 } as const
    expect(committed(raft.step(id('b'), beat, 1))).toEqual([5, 6])
  })
})

describe('a follower given a snapshot', () => {
  test('keeps it, then replaces its state and its log', () => {
    const raft = raftOf(persisted([1, 1, 1, 1, 1]))
    expect(raft.step(id('b'), install, 1)).toEqual([
      { type: 'persist', hard: { term: 3, votedFor: null }, snapshot: SNAPSHOT, truncateFrom: 5 },
      { type: 'restore', snapshot: SNAPSHOT },
      { type: 'send', to: 'b', message: { type: 'append-ok', term: 3, matchIndex: 4 } },
      { type: 'role', role: 'follower', term: 3, leader: 'b' },
    ])
    expect(raft.status).toMatchObject({ lastIndex: 4, commitIndex: 4, configuration: voting('a b c d') })
  })

  test('keeps its log where that goes further, and commits it so far', () => {
    const raft = raftOf(persisted([1, 1, 2, 2, 3]))
    const effects = raft.step(id('b'), install, 1)
    expect(committed(effects)).toEqual([1, 2, 3, 4])
    expect(effects.some(({ type }) => type === 'restore')).toBe(false)
    expect(raft.status.lastIndex).toBe(5)
  })

  test('that it has already only says where it is', () => {
    const raft = raftOf(persisted([2, 3], { snapshot: { ...SNAPSHOT, index: 6 } }))
    const effects = raft.step(id('b'), install, 1)
    expect(sent(effects)).toEqual([{ to: 'b', message: { type: 'append-ok', term: 3, matchIndex: 6 } }])
    expect(effects.map(({ type }) => type)).toEqual(['send', 'role'])
  })
})

describe('a leader', () => {
  const leaderWithSnapshot = () => {
    const raft = raftOf(persisted([2], { snapshot: { ...SNAPSHOT, configuration: voting('a b c') } }))
    elect(raft, ['c'])
    return raft
  }
  const refuse = { type: 'append-refused', term: 3, previousIndex: 5, hintIndex: 1, hintTerm: 0 } as const

  test('sends its snapshot to a peer behind it, once, and goes on from there', () => {
    const raft = leaderWithSnapshot()
    expect(sent(raft.step(id('b'), refuse, NOW))).toMatchObject([
      { to: 'b', message: { type: 'snapshot', snapshot: { index: 4, state: 'four' } } },
    ])
    expect(raft.step(id('b'), refuse, NOW)).toEqual([])
    const after = sent(raft.step(id('b'), { type: 'append-ok', term: 3, matchIndex: 4 }, NOW))
    expect(after).toMatchObject([
      { message: { type: 'append', previousIndex: 4, previousTerm: 2, entries: [entry(5, 2), { index: 6 }] } },
    ])
  })

  test('meanwhile keeps the peer calm, and sends again after an election timeout', () => {
    const raft = leaderWithSnapshot()
    raft.step(id('b'), refuse, NOW)
    const toB = (nowMs: number) =>
      sent(raft.tick(nowMs))
        .filter(({ to }) => to === 'b')
        .map(({ message }) => message.type)
    expect(toB(NOW + 100)).toEqual(['append'])
    raft.step(id('c'), { type: 'append-ok', term: 3, matchIndex: 6 }, NOW + 500)
    expect(toB(NOW + 1000)).toEqual(['snapshot'])
  })
})
