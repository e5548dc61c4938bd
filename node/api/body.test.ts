import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isIntricate, MAX_DEPTH, MAX_PARTS } from './body.ts'

describe('a body of JSON', () => {
  it.each([
    ['lists without end', `[${'[],'.repeat(MAX_PARTS)}1]`],
    ['keys without end', `{${'"a":1,'.repeat(MAX_PARTS + 1)}"b":1}`],
    ['a list in a list in a list', '['.repeat(MAX_DEPTH + 1)],
    ['what comes after a string that ends in a backslash', `["\\\\",${'{},'.repeat(MAX_PARTS)}1]`],
  ])('with %s is too intricate', (_what, text) => {
    expect(isIntricate(text)).toBe(true)
  })

  it.each([
    ['a long text', JSON.stringify({ topology: '[{,"\\'.repeat(MAX_PARTS) })],
    ['a thousand files', JSON.stringify({ files: Array(1_000).fill({ path: 'a', mode: 1, contentBase64: 'QQ==' }) })],
    ['some depth', `${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}`],
    ['a string that does not end', `"${'[,'.repeat(MAX_PARTS)}`],
  ])('with %s is not', (_what, text) => {
    expect(isIntricate(text)).toBe(false)
  })

  it('is never taken for one by what its strings say', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', '\\', '[', ',', 'a') }), (text) => {
        // Where a string ends is seen by what is counted behind it.
        expect(isIntricate(`${JSON.stringify(text)}${'['.repeat(MAX_DEPTH + 1)}`)).toBe(true)
        expect(isIntricate(`${JSON.stringify(text)}${'['.repeat(MAX_DEPTH)}`)).toBe(false)
      }),
    )
  })
})
