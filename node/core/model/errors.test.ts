import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ERRORS, MeshError } from './errors.ts'

test('docs/errors.md lists every code with its status and hint, and no other', () => {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  const rows = text.split('\n').filter((line) => line.startsWith('| `'))
  const expected = Object.entries(ERRORS).map(([code, { status, hint }]) => `| \`${code}\` | ${status} | ${hint} |`)
  expect(rows).toEqual(expected)
})

test('an error says what happened, and the catalogue what to do next', () => {
  const error = new MeshError('TOKEN_SPENT', 'token 4f was used by h2', { host: 'h2' })
  expect(error).toMatchObject({ code: 'TOKEN_SPENT', message: 'token 4f was used by h2', details: { host: 'h2' } })
  expect(error.hint).toContain('skein token create')
})
