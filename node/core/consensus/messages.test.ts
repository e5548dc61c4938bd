import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMessage, type Message } from './messages.ts'
import { entry, voting } from './raft.fixture.ts'

const SNAPSHOT = { index: 3, term: 2, configuration: voting('a b', 'c'), state: { pools: [] } }
const MESSAGES: readonly Message[] = [
  { type: 'pre-vote', term: 3, lastIndex: 7, lastTerm: 2 },
  { type: 'pre-vote-reply', term: 2, asked: 3, granted: false },
  { type: 'vote', term: 3, lastIndex: 0, lastTerm: 0, transfer: true },
  { type: 'vote-reply', term: 3, granted: true },
  { type: 'append', term: 3, previousIndex: 0, previousTerm: 0, entries: [], commit: 0 },
  {
    type: 'append',
    term: 3,
    previousIndex: 4,
    previousTerm: 1,
    entries: [
      entry(5, 1, { type: 'noop' }),
      entry(6, 3),
      entry(7, 3, { type: 'configuration', configuration: voting('a') }),
    ],
    commit: 9,
  },
  { type: 'append-ok', term: 3, matchIndex: 7 },
  { type: 'append-refused', term: 3, previousIndex: 7, hintIndex: 4, hintTerm: 2 },
  { type: 'snapshot', term: 3, snapshot: SNAPSHOT },
  { type: 'timeout-now', term: 3 },
]
const append = { type: 'append', term: 3, previousIndex: 4, previousTerm: 1, entries: [entry(5, 2)], commit: 9 }
const snapshot = { type: 'snapshot', term: 3, snapshot: SNAPSHOT }

describe('decodeMessage', () => {
  test.each(MESSAGES)('keeps $type', (message) => {
    expect(decodeMessage(JSON.parse(JSON.stringify(message)))).toEqual(message)
  })

  test('drops unknown fields, for hosts that are newer', () => {
    expect(decodeMessage({ type: 'timeout-now', term: 1, extra: 2 })).toEqual({ type: 'timeout-now', term: 1 })
  })

  test.each([
    ['no object', 'vote'],
    ['an array', [1]],
    ['an unknown type', { type: 'coup', term: 1 }],
    ['a negative term', { type: 'timeout-now', term: -1 }],
    ['half a term', { type: 'timeout-now', term: 1.5 }],
    ['a term no double holds', { type: 'timeout-now', term: 2 ** 53 }],
    ['a vote without its log', { type: 'vote', term: 1, transfer: false }],
    ['granted as a number', { type: 'vote-reply', term: 1, granted: 1 }],
    ['entries with a gap', { ...append, entries: [entry(5, 2), entry(7, 2)] }],
    ['entries that do not follow', { ...append, entries: [entry(6, 2)] }],
    ['terms that fall', { ...append, entries: [entry(5, 2), entry(6, 1)] }],
    ['an entry older than the one before', { ...append, previousTerm: 3, entries: [entry(5, 2)] }],
    ['an entry newer than its leader', { ...append, entries: [entry(5, 4)] }],
    ['entries that are no list', { ...append, entries: { 0: entry(5, 2) } }],
    ['an entry of an unknown kind', { ...append, entries: [{ index: 5, term: 2, data: { type: 'magic' } }] }],
    ['a command that is missing', { ...append, entries: [{ index: 5, term: 2, data: { type: 'command' } }] }],
    ['a snapshot newer than its leader', { ...snapshot, term: 1 }],
    ['a snapshot without state', { ...snapshot, snapshot: { ...SNAPSHOT, state: undefined } }],
    ['a voter that is a learner', { ...snapshot, snapshot: { ...SNAPSHOT, configuration: voting('a b', 'b') } }],
    ['a voter twice', { ...snapshot, snapshot: { ...SNAPSHOT, configuration: voting('a a') } }],
    [
      'a voter that is no host id',
      { ...snapshot, snapshot: { ...SNAPSHOT, configuration: { voters: ['a/b'], learners: [] } } },
    ],
  ])('refuses %s', (_, value) => {
    expect(decodeMessage(value)).toBeUndefined()
  })

  test('never throws', () => {
    const types = fc.constantFrom(...MESSAGES.map(({ type }) => type))
    const odd = fc.record({
      type: types,
      term: fc.anything(),
      entries: fc.anything(),
      snapshot: fc.anything(),
      previousIndex: fc.nat(),
      previousTerm: fc.nat(),
      commit: fc.nat(),
    })
    fc.assert(
      fc.property(fc.oneof(fc.anything(), odd), (value) => {
        const decoded = decodeMessage(value)
        expect(decoded === undefined || MESSAGES.some(({ type }) => type === decoded.type)).toBe(true)
      }),
    )
  })
})
