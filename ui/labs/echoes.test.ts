import { expect, it } from 'vitest'
import { Echoes } from './echoes.ts'

it('what comes back late is the editor’s own, also where some never came back', () => {
  const echoes = new Echoes()
  for (const text of ['a', 'ab', 'abc', 'abcd']) echoes.told(text)
  expect(echoes.isOwn('ab')).toBe(true)
  expect(echoes.isOwn('abcd')).toBe(true)
})

it('what was opened from a file is not, and what was told before it counts no more', () => {
  const echoes = new Echoes()
  echoes.told('a')
  expect(echoes.isOwn('name: other')).toBe(false)
  expect(echoes.isOwn('a')).toBe(false)
})

it('a text that came back is not its own for ever', () => {
  const echoes = new Echoes()
  echoes.told('a')
  expect([echoes.isOwn('a'), echoes.isOwn('a')]).toEqual([true, false])
})
