import { expect, test } from 'vitest'
import { hasAllCapabilities } from './capabilities.ts'

const machine =
  (last: string, bound: string) =>
  (path: string): string =>
    path.endsWith('cap_last_cap') ? `${last}\n` : `Name:\tnode\nCapBnd:\t${bound}\nSeccomp:\t0\n`

test.each([
  ['a machine of its own', '40', '000001ffffffffff', true],
  ['one without SYS_RESOURCE', '40', '000001fffeffffff', false],
  ['an older kernel', '37', '0000003fffffffff', true],
  ['what cannot be read', '40', 'nothing', false],
])('%s: %s %s', (_what, last, bound, all) => {
  expect(hasAllCapabilities(machine(last, bound))).toBe(all)
})

test('without /proc there is nothing to hand on', () => {
  expect(
    hasAllCapabilities(() => {
      throw new Error('ENOENT')
    }),
  ).toBe(false)
})
