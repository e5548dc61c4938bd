import { expect, test } from 'vitest'
import { mtuText } from './mtu-text.ts'

test.each([
  [null, undefined, null],
  [9500, undefined, '9500'],
  [1370, 1370, '1370'],
  [1370, 8870, '1370'],
  [9000, 1370, '9000 (1370 whole)'],
])('an MTU of %s where %s pass whole', (mtu, path, text) => {
  expect(mtuText(mtu, path)).toBe(text)
})
