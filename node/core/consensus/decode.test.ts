import { expect, test } from 'vitest'
import { decodeConfiguration, decodeEntries, decodeHardState, decodeHostId, decodeSnapshot } from './decode.ts'
import { entry, voting } from './raft.fixture.ts'

test('a hard state is a term and a vote or none', () => {
  expect(decodeHardState({ term: 3, votedFor: null })).toEqual({ term: 3, votedFor: null })
  expect(decodeHardState({ term: 3, votedFor: 'b' })).toEqual({ term: 3, votedFor: 'b' })
  for (const bad of [null, { term: 3 }, { term: '3', votedFor: null }, { term: 3, votedFor: '' }])
    expect(decodeHardState(bad)).toBeUndefined()
})

test('a snapshot of the empty log is one', () => {
  const snapshot = { index: 0, term: 0, configuration: voting('a'), state: null }
  expect(decodeSnapshot(snapshot)).toEqual(snapshot)
  expect(decodeSnapshot({ ...snapshot, index: -1 })).toBeUndefined()
})

test('entries count from 1', () => {
  expect(decodeEntries([entry(1, 0)])).toEqual([entry(1, 0)])
  expect(decodeEntries([entry(0, 0)])).toBeUndefined()
})

test('a host that is no text spoils its configuration', () => {
  expect(decodeConfiguration({ voters: ['a', 7], learners: [] })).toBeUndefined()
  expect(decodeHostId('x'.repeat(129))).toBeUndefined()
})
