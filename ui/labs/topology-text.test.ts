import { expect, it } from 'vitest'
import { copyName, renamed, spanOf } from './topology-text.ts'

const TEXT = 'name: one\ntopology:\n  nodes:\n    r1:\n      kindd: linux\n\n'

it.each<[number, number, string]>([
  [1, 7, 'one'],
  [5, 7, 'kindd'],
  [5, 12, 'kindd: linux'],
  [5, 99, 'kindd: linux'],
  [3, 1, 'nodes:'],
  [99, 1, ''],
  [0, 0, 'name'],
])('line %i, column %i is "%s"', (line, column, part) => {
  const { from, to } = spanOf(TEXT, { line, column })
  expect(TEXT.slice(from, to)).toBe(part)
})

it('a copy has a name of its own', () => {
  expect(renamed('# mine\nname: one # lab\ntopology:\n  nodes:\n    name: x\n', 'two')).toBe(
    '# mine\nname: two\ntopology:\n  nodes:\n    name: x\n',
  )
  expect(renamed('topology: {}', 'two')).toBe('name: two\ntopology: {}')
  expect(copyName('one', ['one', 'one-2'])).toBe('one-3')
  expect(copyName('one-3', ['one-3'])).toBe('one-2')
})
