import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { comparePositions, FEED_CODES, FEED_TEXT } from './feed.ts'

test('docs/events.md lists every code with who tells it and what it means, and no other', () => {
  const text = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8')
  const rows = text.split('\n').filter((line) => line.startsWith('| `'))
  const expected = Object.entries(FEED_CODES).map(
    ([code, { about, by, meaning }]) => `| \`${code}\` | ${about ?? '–'} | ${by} | ${meaning} |`,
  )
  expect(rows).toEqual(expected)
})

test('no code is longer than an event has room for', () => {
  expect(Object.keys(FEED_CODES).filter((code) => code.length > FEED_TEXT.code)).toEqual([])
})

test('a later start of an agent is after all of an earlier one', () => {
  expect(comparePositions([2, 1], [1, 99])).toBeGreaterThan(0)
  expect(comparePositions([1, 2], [1, 10])).toBeLessThan(0)
  expect(comparePositions([3, 4], [3, 4])).toBe(0)
})
