import { expect, test } from 'vitest'
import { codeFolder } from './code-cache.ts'

test('compiled code lies where only its user can write', () => {
  expect(codeFolder(0, '/root')).toBe('/var/cache/skein/code')
  expect(codeFolder(1000, '/home/ann')).toBe('/home/ann/.cache/skein/code')
})
