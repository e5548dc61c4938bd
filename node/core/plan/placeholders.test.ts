import { expect, it } from 'vitest'
import { Placeholders } from './placeholders.ts'

it('placeholders are one number per label, are shown by label, and travel', () => {
  const here = new Placeholders()
  const [one, two] = [here.number('vni:a'), here.number('tag:a@h1')]
  expect(here.number('vni:a')).toBe(one)
  expect(two).not.toBe(one)
  const there = new Placeholders(here.numbers)
  const pid = there.number('pid:r1')
  expect([one, two]).not.toContain(pid)
  expect(there.shown(`ofport_request=${32_768 + 2 * two} cookie=0x${two.toString(16)}`)).toBe(
    'ofport_request=<number> cookie=<number>',
  )
  expect(there.shown(`id ${one} tag=${two} -t ${pid} 42`)).toBe('id <vni:a> tag=<tag:a@h1> -t <pid:r1> 42')
})
