import { expect, it } from 'vitest'
import { spansOf } from './spans.ts'

const shown = (text: string): string =>
  spansOf(text)
    .map((span) => (span.isCode ? `<${span.text}>` : span.text))
    .join('|')

it.each([
  ['', ''],
  ['plain', 'plain'],
  ['run `skein host ls` now', 'run |<skein host ls>| now'],
  ['`a``b`', '<a>|<b>'],
  ['one ` alone', 'one ` alone'],
  ['`` empty', '`` empty'],
])('%s', (text, parts) => expect(shown(text)).toBe(parts))
