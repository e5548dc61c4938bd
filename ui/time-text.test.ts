import { expect, it } from 'vitest'
import { ageText, count, dateText, mibText, msText } from './time-text.ts'

it.each<[number | null | undefined, string]>([
  [null, 'never'],
  [undefined, 'never'],
  [-5, '0.0 s'],
  [400, '0.4 s'],
  [1_499, '1 s'],
  [89_000, '89 s'],
  [95_000, '2 min'],
  [3 * 3_600_000, '3 h'],
  [3 * 86_400_000, '3 d'],
])('an age of %s ms is told as %s', (ms, text) => expect(ageText(ms)).toBe(text))

it('numbers are told as people say them', () => {
  expect([msText(1.26), msText(38.7), mibText(512), mibText(8_000)]).toEqual(['1.3 ms', '39 ms', '512 MiB', '7.8 GiB'])
  expect([count(1, 'host'), count(0, 'host')]).toEqual(['1 host', '0 hosts'])
})

it('a date that is none is unknown', () => {
  expect(dateText('soon')).toBe('unknown')
  expect(dateText(0)).toMatch(/^19(?:69|70)-\d\d-\d\d \d\d:\d\d$/)
})
