import { expect, it } from 'vitest'
import { changesOf } from './changes.ts'

it('only changes are spoken of', () => {
  const before = new Map([
    ['host a', 'alive'],
    ['host b', 'alive'],
    ['lab one', 'up'],
  ])
  const now = new Map([
    ['host a', 'alive'],
    ['host b', 'down'],
    ['lab two', 'creating'],
  ])
  expect(changesOf(before, now)).toEqual(['host b: down'])
})
