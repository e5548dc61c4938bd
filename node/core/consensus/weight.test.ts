import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf } from './weight.ts'

test('is near what JSON takes, whatever its form', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme-ascii' }), (value) => {
      const exact = JSON.stringify(value).length
      expect(bytesOf(value)).toBeLessThan(8 * exact + 8)
      expect(4 * bytesOf(value)).toBeGreaterThanOrEqual(exact)
    }),
  )
})

test('text counts by its length', () => {
  expect(bytesOf({ command: ['x'.repeat(1_000)] })).toBeGreaterThan(1_000)
  expect(bytesOf({ command: ['x'.repeat(1_000)] })).toBeLessThan(1_050)
})
