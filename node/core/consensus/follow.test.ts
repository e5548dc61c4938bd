import { describe, expect, test } from 'vitest'
import type { AppendMessage } from './messages.ts'
import { committed, entry, id, persisted, raftOf, sent, voting } from './raft.fixture.ts'
import type { Entry } from './types.ts'

const append = (
  term: number,
  previous: readonly [number, number],
  entries: readonly Entry[],
  commit = 0,
): AppendMessage => ({
  type: 'append',
  term,
  previousIndex: previous[0],
  previousTerm: previous[1],
  entries,
  commit,
})

describe('taking entries', () => {
  test('keeps them before it says so, and commits what the leader has', () => {
    const raft = raftOf(persisted([1]))
    const effects = raft.step(id('b'), append(2, [1, 1], [entry(2, 2), entry(3, 2)], 2), 1)
    expect(effects).toEqual([
      { type: 'persist', hard: { term: 2, votedFor: null }, entries: [entry(2, 2), entry(3, 2)] },
      { type: 'commit', entries: [entry(1, 1), entry(2, 2)] },
      { type: 'send', to: 'b', message: { type: 'append-ok', term: 2, matchIndex: 3 } },
      { type: 'role', role: 'follower', term: 2, leader: 'b' },
    ])
  })

  test('replaces what another leader left, and takes its configuration back', () => {
    const mine = entry(2, 1, { type: 'configuration', configuration: voting('a b c', 'd') })
    const raft = raftOf(persisted([], { entries: [entry(1, 1), mine, entry(3, 1)] }))
    expect(raft.status.configuration).toEqual(voting('a b c', 'd'))
    const effects = raft.step(id('b'), append(2, [1, 1], [entry(2, 2)]), 1)
    expect(effects[0]).toMatchObject({ type: 'persist', entries: [entry(2, 2)] })
    expect(raft.status).toMatchObject({ lastIndex: 2, configuration: voting('a b c') })
  })

  test('an old message that comes late takes nothing away', () => {
    const raft = raftOf(persisted([1, 1, 1]))
    const effects = raft.step(id('b'), append(1, [0, 0], [entry(1, 1)]), 1)
    expect(effects.some(({ type }) => type === 'persist')).toBe(false)
    expect(sent(effects)).toMatchObject([{ message: { matchIndex: 1 } }])
    expect(raft.status.lastIndex).toBe(3)
  })

  test('commits no further than it knows its log to match', () => {
    const raft = raftOf(persisted([1, 1, 1]))
    expect(committed(raft.step(id('b'), append(2, [1, 1], [], 3), 1))).toEqual([1])
  })

  test('what the snapshot covers is taken as known', () => {
    const snapshot = { index: 4, term: 2, configuration: voting('a b c'), state: 's' }
    const raft = raftOf(persisted([2], { snapshot }))
    const effects = raft.step(id('b'), append(3, [2, 1], [entry(3, 1), entry(4, 2), entry(5, 2), entry(6, 3)], 6), 1)
    expect(effects[0]).toMatchObject({ entries: [entry(6, 3)] })
    expect(committed(effects)).toEqual([5, 6])
  })

  test('never replaces what is committed', () => {
    const raft = raftOf(persisted([1, 1]))
    raft.step(id('b'), append(1, [2, 1], [], 2), 1)
    expect(sent(raft.step(id('c'), append(5, [1, 1], [entry(2, 5)], 2), 2))).toEqual([])
    expect(raft.status).toMatchObject({ lastIndex: 2, commitIndex: 2 })
  })
})

describe('refusing', () => {
  test.each([
    ['its log ends before', append(4, [9, 3], []), { hintIndex: 6, hintTerm: 0 }],
    ['its entry is of another term', append(4, [5, 2], []), { hintIndex: 3, hintTerm: 3 }],
    ['its entry is of another term, the first', append(4, [2, 4], []), { hintIndex: 1, hintTerm: 1 }],
  ])('%s', (_, message, hint) => {
    const raft = raftOf(persisted([1, 1, 3, 3, 3]))
    const { previousIndex } = message
    expect(sent(raft.step(id('b'), message, 1))).toEqual([
      { to: 'b', message: { type: 'append-refused', term: 4, previousIndex, ...hint } },
    ])
  })

  test('a leader of an older term hears of the newer one and is not followed', () => {
    const raft = raftOf(persisted([], { hard: { term: 5, votedFor: null } }))
    expect(sent(raft.step(id('b'), append(4, [0, 0], [entry(1, 4)]), 1))).toMatchObject([
      { message: { type: 'append-refused', term: 5 } },
    ])
    expect(raft.status).toMatchObject({ leader: null, lastIndex: 0 })
  })
})
