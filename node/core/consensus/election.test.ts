import { describe, expect, test } from 'vitest'
import type { VoteMessage } from './messages.ts'
import { elect, entry, id, persisted, raftOf, sent, TIMEOUT_MS, voting } from './raft.fixture.ts'

const vote = (term: number, lastIndex: number, lastTerm: number, transfer = false): VoteMessage => ({
  type: 'vote',
  term,
  lastIndex,
  lastTerm,
  transfer,
})
const beat = (term: number) =>
  ({ type: 'append', term, previousIndex: 0, previousTerm: 0, entries: [], commit: 0 }) as const

describe('standing for election', () => {
  test('asks first, then takes the term, keeps its own vote before it asks for others, and begins with a noop', () => {
    const raft = raftOf(persisted([1, 1]))
    expect(raft.tick(TIMEOUT_MS - 1)).toEqual([{ type: 'role', role: 'follower', term: 1, leader: null }])
    const ask = { type: 'pre-vote', term: 2, lastIndex: 2, lastTerm: 1 } as const
    expect(sent(raft.tick(TIMEOUT_MS))).toEqual([
      { to: 'b', message: ask },
      { to: 'c', message: ask },
    ])
    expect(raft.status.term).toBe(1)

    const candidate = raft.step(id('b'), { type: 'pre-vote-reply', term: 1, asked: 2, granted: true }, TIMEOUT_MS)
    expect(candidate[0]).toEqual({ type: 'persist', hard: { term: 2, votedFor: 'a' } })
    expect(sent(candidate)).toEqual([
      { to: 'b', message: vote(2, 2, 1) },
      { to: 'c', message: vote(2, 2, 1) },
    ])

    const leader = raft.step(id('c'), { type: 'vote-reply', term: 2, granted: true }, TIMEOUT_MS)
    expect(leader.filter(({ type }) => type === 'persist')).toEqual([
      { type: 'persist', entries: [entry(3, 2, { type: 'noop' })] },
    ])
    expect(leader.at(-1)).toEqual({ type: 'role', role: 'leader', term: 2, leader: 'a' })
  })

  test('counts each voter once, and neither strangers nor learners nor other terms', () => {
    const snapshot = { index: 0, term: 0, configuration: voting('a b c d e', 'l'), state: null }
    const raft = raftOf(persisted([], { snapshot }))
    raft.tick(TIMEOUT_MS)
    for (const host of ['b', 'b', 'l', 'x'])
      raft.step(id(host), { type: 'pre-vote-reply', term: 0, asked: 1, granted: true }, TIMEOUT_MS)
    raft.step(id('c'), { type: 'pre-vote-reply', term: 0, asked: 2, granted: true }, TIMEOUT_MS)
    raft.step(id('d'), { type: 'pre-vote-reply', term: 0, asked: 1, granted: false }, TIMEOUT_MS)
    expect(raft.status.term).toBe(0)
    raft.step(id('c'), { type: 'pre-vote-reply', term: 0, asked: 1, granted: true }, TIMEOUT_MS)
    expect(raft.status.term).toBe(1)
    for (const host of ['b', 'b', 'l', 'x'])
      raft.step(id(host), { type: 'vote-reply', term: 1, granted: true }, TIMEOUT_MS)
    expect(raft.status.role).toBe('candidate')
    raft.step(id('e'), { type: 'vote-reply', term: 1, granted: true }, TIMEOUT_MS)
    expect(raft.status.role).toBe('leader')
  })

  test('a sole voter leads and commits on its first tick', () => {
    const snapshot = { index: 0, term: 0, configuration: voting('a'), state: null }
    const raft = raftOf(persisted([], { snapshot }))
    const noop = entry(1, 1, { type: 'noop' })
    expect(raft.tick(0)).toEqual([
      { type: 'persist', hard: { term: 1, votedFor: 'a' }, entries: [noop] },
      { type: 'commit', entries: [noop] },
      { type: 'role', role: 'leader', term: 1, leader: 'a' },
    ])
  })

  test('learners and hosts that wait to be added never stand', () => {
    for (const configuration of [voting('b c', 'a'), voting('')]) {
      const raft = raftOf(persisted([], { snapshot: { index: 0, term: 0, configuration, state: null } }))
      expect(sent(raft.tick(100 * TIMEOUT_MS))).toEqual([])
      expect(raft.status.role).toBe('learner')
    }
  })

  test('a host whose removal may not be committed still stands, for the votes of the rest', () => {
    const removal = entry(1, 1, { type: 'configuration', configuration: voting('b') })
    const raft = raftOf(
      persisted([], { entries: [removal], snapshot: { index: 0, term: 0, configuration: voting('a b'), state: null } }),
    )
    expect(sent(raft.tick(TIMEOUT_MS)).map(({ to }) => to)).toEqual(['b'])
    expect(elect(raft, ['b'])).toBe(2)
    expect(raft.status.role).toBe('leader')
  })
})

describe('voting', () => {
  test.each([
    ['a longer log of the same term', vote(5, 4, 3), true],
    ['the same log', vote(5, 3, 3), true],
    ['a shorter log of a higher term', vote(5, 1, 4), true],
    ['a shorter log', vote(5, 2, 3), false],
    ['a longer log of a lower term', vote(5, 9, 2), false],
    ['a term that is over', vote(2, 9, 9), false],
  ])('%s', (_, message, granted) => {
    const raft = raftOf(persisted([1, 3, 3], { hard: { term: 4, votedFor: null } }))
    const effects = raft.step(id('b'), message, 1)
    const term = Math.max(4, message.term)
    if (term === 5) expect(effects[0]).toEqual({ type: 'persist', hard: { term, votedFor: granted ? 'b' : null } })
    expect(sent(effects)).toEqual([{ to: 'b', message: { type: 'vote-reply', term, granted } }])
  })

  test('one vote in a term, the same answer to the same host, after a restart as well', () => {
    const raft = raftOf(persisted([1]))
    raft.step(id('b'), vote(2, 1, 1), 1)
    const again = raftOf(persisted([1], { hard: { term: 2, votedFor: id('b') } }))
    for (const host of [raft, again]) {
      expect(sent(host.step(id('c'), vote(2, 9, 1), 1))).toMatchObject([{ message: { granted: false } }])
      expect(sent(host.step(id('b'), vote(2, 1, 1), 1))).toMatchObject([{ message: { granted: true } }])
    }
  })

  test('while a leader is heard, requests change nothing, unless the leader itself asked for it', () => {
    const raft = raftOf(persisted([]))
    raft.step(id('b'), beat(1), 500)
    expect(raft.step(id('c'), vote(9, 9, 9), 1499)).toEqual([])
    const pre = { type: 'pre-vote', term: 9, lastIndex: 9, lastTerm: 9 } as const
    expect(sent(raft.step(id('c'), pre, 1499))).toMatchObject([{ message: { granted: false, term: 1 } }])
    expect(sent(raft.step(id('c'), vote(9, 9, 9, true), 1499))).toMatchObject([{ message: { granted: true, term: 9 } }])
    const silent = raftOf(persisted([]))
    silent.step(id('b'), beat(1), 500)
    expect(sent(silent.step(id('c'), pre, 1500))).toMatchObject([{ message: { granted: true, asked: 9 } }])
  })

  test('a host that asks itself still votes for another of its term, and then asks no more', () => {
    const raft = raftOf(persisted([], { hard: { term: 2, votedFor: null } }))
    raft.tick(TIMEOUT_MS)
    expect(sent(raft.step(id('b'), vote(2, 0, 0), TIMEOUT_MS))).toMatchObject([{ message: { granted: true } }])
    raft.step(id('c'), { type: 'pre-vote-reply', term: 2, asked: 3, granted: true }, TIMEOUT_MS)
    expect(raft.status).toMatchObject({ role: 'follower', term: 2 })
  })

  test('a pre-vote binds to nothing', () => {
    const raft = raftOf(persisted([]))
    const effects = raft.step(id('c'), { type: 'pre-vote', term: 9, lastIndex: 9, lastTerm: 9 }, 1)
    expect(effects.some(({ type }) => type === 'persist')).toBe(false)
    expect(raft.status.term).toBe(0)
  })

  test('a leader keeps no pre-candidate waiting for a vote it would not give', () => {
    const raft = raftOf(persisted([]))
    elect(raft)
    expect(
      sent(raft.step(id('c'), { type: 'pre-vote', term: 9, lastIndex: 9, lastTerm: 9 }, TIMEOUT_MS)),
    ).toMatchObject([{ message: { granted: false } }])
  })
})

describe('a leader whose connection broke off', () => {
  const following = () => {
    const raft = raftOf(persisted([]))
    raft.step(id('b'), beat(1), 500)
    return raft
  }
  const preVote = { type: 'pre-vote', term: 2, lastIndex: 0, lastTerm: 0 } as const
  const asked = (raft: ReturnType<typeof following>, nowMs: number): boolean =>
    sent(raft.tick(nowMs)).some(({ message }) => message.type === 'pre-vote')

  test('is not waited for: its followers ask each other at once and elect one of them', () => {
    const raft = following()
    expect(raft.leaderLost(510)).toEqual([{ type: 'role', role: 'follower', term: 1, leader: null }])
    expect(asked(raft, 510 + TIMEOUT_MS / 30 - 1)).toBe(false)
    expect(asked(raft, 510 + TIMEOUT_MS / 30)).toBe(true)
    const other = following()
    other.leaderLost(511)
    expect(sent(other.step(id('c'), preVote, 540))).toMatchObject([{ message: { granted: true } }])
    expect(sent(other.step(id('c'), vote(2, 0, 0), 540))).toMatchObject([{ message: { granted: true, term: 2 } }])
  })

  test('goes on leading those that hear it, and has this host back with its next message', () => {
    const others = following()
    expect(sent(others.step(id('c'), preVote, 540))).toMatchObject([{ message: { granted: false } }])
    expect(others.step(id('c'), vote(2, 0, 0), 540)).toEqual([])
    const raft = following()
    raft.leaderLost(510)
    asked(raft, 600)
    raft.step(id('b'), beat(1), 650)
    expect(raft.status).toMatchObject({ role: 'follower', leader: 'b', term: 1 })
    expect(asked(raft, 650 + TIMEOUT_MS - 1)).toBe(false)
  })

  test('is asked about in haste a few times only', () => {
    const raft = following()
    raft.leaderLost(510)
    const times = Array.from({ length: 6_000 }, (_, i) => 511 + i).filter((nowMs) => asked(raft, nowMs))
    const gaps = times.map((nowMs, i) => nowMs - (times[i - 1] ?? 510))
    expect(gaps.slice(0, 5).map((gap) => Math.round(gap / (TIMEOUT_MS / 30)))).toEqual([1, 1, 1, 30, 30])
  })

  test('means nothing to a leader, a candidate, or who follows nobody', () => {
    const idle = raftOf(persisted([]))
    idle.tick(0)
    expect(idle.leaderLost(1)).toEqual([])
    expect(asked(idle, TIMEOUT_MS - 1)).toBe(false)
    const leader = raftOf(persisted([]))
    elect(leader)
    expect(leader.leaderLost(TIMEOUT_MS)).toEqual([])
    expect(leader.status.role).toBe('leader')
  })
})
