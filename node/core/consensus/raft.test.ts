import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import type { Message } from './messages.ts'
import { elect, entry, id, persisted, raftOf, TIMEOUT_MS, voting } from './raft.fixture.ts'
import type { RaftEffect } from './types.ts'

test('a store with missing entries or a forgotten term is refused', () => {
  expect(() => raftOf(persisted([], { entries: [entry(1, 1), entry(3, 1)] }))).toThrow(MeshError)
  expect(() => raftOf(persisted([1, 4], { hard: { term: 3, votedFor: null } }))).toThrow('lower than the log')
})

test('the role is told once at start and then on change', () => {
  const raft = raftOf(persisted([]))
  expect(raft.tick(0)).toEqual([{ type: 'role', role: 'follower', term: 0, leader: null }])
  expect(raft.tick(10)).toEqual([])
})

test('a leader tells whom it heard and how far they are', () => {
  const raft = raftOf(persisted([]))
  elect(raft)
  raft.step(id('b'), { type: 'append-ok', term: 1, matchIndex: 1 }, TIMEOUT_MS + 5)
  expect(raft.status).toEqual({
    role: 'leader',
    term: 1,
    leader: 'a',
    commitIndex: 1,
    lastIndex: 1,
    snapshotIndex: 0,
    configuration: voting('a b c'),
    lastHeardMs: new Map([
      ['b', TIMEOUT_MS + 5],
      ['c', TIMEOUT_MS],
    ]),
    matchIndex: new Map([
      ['b', 1],
      ['c', 0],
    ]),
  })
})

test('proposing nothing does nothing', () => {
  const raft = raftOf(persisted([]))
  elect(raft)
  expect(raft.propose([], TIMEOUT_MS)).toEqual({ effects: [], accepted: [] })
})

test('a clock that goes back is not believed', () => {
  const raft = raftOf(persisted([]))
  elect(raft)
  raft.step(id('b'), { type: 'append-ok', term: 1, matchIndex: 1 }, TIMEOUT_MS - 500)
  expect(raft.status.lastHeardMs.get(id('b'))).toBe(TIMEOUT_MS)
})

const count = fc.nat(6)
const granted = fc.boolean()
const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: fc.constant('pre-vote' as const), term: count, lastIndex: count, lastTerm: count }),
  fc.record({ type: fc.constant('vote' as const), term: count, lastIndex: count, lastTerm: count, transfer: granted }),
  fc.record({ type: fc.constant('pre-vote-reply' as const), term: count, asked: count, granted }),
  fc.record({ type: fc.constant('vote-reply' as const), term: count, granted }),
  fc.record({ type: fc.constant('append-ok' as const), term: count, matchIndex: count }),
  fc.record({
    type: fc.constant('append-refused' as const),
    term: count,
    previousIndex: count,
    hintIndex: count,
    hintTerm: count,
  }),
  fc.record({ type: fc.constant('timeout-now' as const), term: count }),
  fc
    .record({ previousIndex: count, previousTerm: count, length: count, term: count, commit: count })
    .map(({ length, ...rest }) => ({
      type: 'append' as const,
      ...rest,
      entries: Array.from({ length }, (_, i) => entry(rest.previousIndex + 1 + i, rest.term)),
    })),
  fc.record({ index: count, term: count }).map(({ index, term }) => ({
    type: 'snapshot' as const,
    term,
    snapshot: { index, term, configuration: voting('a b c'), state: index },
  })),
)

const isAppend = (effect: RaftEffect): boolean => effect.type === 'send' && effect.message.type === 'append'

test('whatever comes, nothing throws, terms and commits never fall, and only appends of a leader leave before what is kept', () => {
  const step = fc.record({ from: fc.constantFrom('b', 'c', 'x'), message: messages, waitMs: fc.nat(700) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const raft = raftOf(persisted([1, 1]))
      let nowMs = 0
      for (const { from, message, waitMs } of steps) {
        nowMs += waitMs
        const before = raft.status
        for (const effects of [raft.tick(nowMs), raft.step(id(from), message, nowMs)]) {
          const at = effects.findLastIndex(({ type }) => type === 'persist')
          expect(effects.slice(0, Math.max(0, at)).every(isAppend)).toBe(true)
        }
        expect(raft.status.term).toBeGreaterThanOrEqual(before.term)
        expect(raft.status.commitIndex).toBeGreaterThanOrEqual(before.commitIndex)
        expect(raft.status.lastIndex).toBeGreaterThanOrEqual(raft.status.commitIndex)
      }
    }),
    { numRuns: 300 },
  )
})
