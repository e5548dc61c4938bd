import { expect, test } from 'vitest'
import { Outbox } from './outbox.ts'
import { entry, id, voting } from './raft.fixture.ts'

test('all that is kept is one write, before everything else', () => {
  const out = new Outbox()
  out.send(id('b'), { type: 'timeout-now', term: 1 })
  out.keepEntries([entry(1, 1), entry(2, 1), entry(3, 1)])
  out.keepHard({ term: 1, votedFor: null })
  out.keepEntries([entry(2, 2)])
  out.keepEntries([])
  out.keepHard({ term: 2, votedFor: id('b') })
  expect(out.drain()).toEqual([
    { type: 'persist', hard: { term: 2, votedFor: 'b' }, entries: [entry(1, 1), entry(2, 2)] },
    { type: 'send', to: 'b', message: { type: 'timeout-now', term: 1 } },
  ])
  expect(out.drain()).toEqual([])
})

test('what needs no write stands before it, unless something is to be kept already', () => {
  const beat = { type: 'timeout-now', term: 1 } as const
  const out = new Outbox()
  out.send(id('b'), beat)
  out.needsNoWrite()
  out.keepEntries([entry(1, 1)])
  out.send(id('c'), beat)
  out.needsNoWrite()
  expect(out.drain()).toEqual([
    { type: 'send', to: 'b', message: beat },
    { type: 'persist', entries: [entry(1, 1)] },
    { type: 'send', to: 'c', message: beat },
  ])
  out.keepHard({ term: 2, votedFor: null })
  out.send(id('b'), beat)
  out.needsNoWrite()
  expect(out.drain().map(({ type }) => type)).toEqual(['persist', 'send'])
})

test('a snapshot of the leader takes the entries after it along, an own one does not', () => {
  const snapshot = { index: 5, term: 1, configuration: voting('a'), state: 's' }
  const out = new Outbox()
  out.keepCompaction(snapshot)
  expect(out.drain()).toEqual([{ type: 'persist', snapshot }])
  out.keepReplacement(snapshot)
  expect(out.drain()).toEqual([{ type: 'persist', snapshot, truncateFrom: 6 }])
})
