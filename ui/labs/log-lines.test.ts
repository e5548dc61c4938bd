import { expect, it } from 'vitest'
import { LogText } from './log-lines.ts'

it('a log in pieces is text without colours', () => {
  const log = new LogText()
  const bytes = new TextEncoder().encode(
    '{"stdout":"grü\\u001b[31mn\\u001b[0m\\n"}\n{"stderr":"oh\\r\\n"}\nnot json\n\n{"stdout":"half',
  )
  for (const byte of bytes) log.add(Uint8Array.of(byte))
  expect(log.text).toBe('grün\noh\n')
})

it('of a long log the end stays', () => {
  const log = new LogText()
  const line = new TextEncoder().encode(`${JSON.stringify({ stdout: 'x'.repeat(1_000) })}\n`)
  for (let count = 0; count < 500; count += 1) log.add(line)
  log.add(new TextEncoder().encode('{"stdout":"last\\n"}\n'))
  expect(log.text.length).toBeLessThanOrEqual(200_000)
  expect(log.text.endsWith('last\n')).toBe(true)
})
