import { expect, test } from 'vitest'
import { isMajority, majority, reachedByMajority } from './quorum.ts'
import { id } from './raft.fixture.ts'

const hosts = ['a', 'b', 'c', 'd', 'e'].map(id)

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
])('of %i voters %i decide', (count, decide) => {
  expect(majority(hosts.slice(0, count))).toBe(decide)
})

test('nobody decides where nobody votes', () => {
  expect(isMajority([], () => true)).toBe(false)
  expect(reachedByMajority([], () => 7)).toBe(0)
})

test.each([
  [[7], 7],
  [[7, 3], 3],
  [[7, 3, 5], 5],
  [[9, 9, 2, 1], 2],
  [[1, 9, 4, 9, 4], 4],
])('%j: a majority has reached %i', (reached, expected) => {
  const voters = hosts.slice(0, reached.length)
  expect(reachedByMajority(voters, (host) => reached[hosts.indexOf(host)] ?? 0)).toBe(expected)
})
