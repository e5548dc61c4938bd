import { expect, test } from 'vitest'
import { parseCron } from './cron.ts'

const AT_MS = Date.UTC(2026, 10, 20, 3)
const next = (line: string): string | undefined => {
  const cron = parseCron(line)
  if (typeof cron === 'string') return cron
  const ms = cron.nextMs(AT_MS - 1)
  return ms === undefined ? undefined : new Date(ms).toISOString()
}

test.each([
  ['0 3 * * *', '2026-11-20T03:00:00.000Z'],
  ['*/5 * * * *', '2026-11-20T03:00:00.000Z'],
  ['30 2-4 * * 1,5', '2026-11-20T03:30:00.000Z'],
  // Day of the month or of the week, as crontab(5) says: the 20th is a Friday.
  ['0 3 1 * MON', '2026-11-23T03:00:00.000Z'],
  ['@daily', '2026-11-21T00:00:00.000Z'],
  ['  0 3 * * * ', '2026-11-20T03:00:00.000Z'],
  ['0 0 31 2 *', undefined],
])('`%s` is due at %s', (line, due) => {
  expect(next(line)).toBe(due)
})

test.each([
  '',
  'x',
  '0 3 * *',
  '* * * * * *',
  '61 * * * *',
  '2026-12-01T00:00:00',
  '? * * * *',
  '@never',
  '5/10 * * * *',
])('`%s` is none', (line) => {
  expect(next(line)).toMatch(/^cron `/)
})

test('the newest time before another', () => {
  const cron = parseCron('0 3 * * *')
  if (typeof cron === 'string') expect.fail(cron)
  expect(cron.lastMs(AT_MS)).toBe(AT_MS - 24 * 3600 * 1000)
  expect(cron.lastMs(AT_MS + 1)).toBe(AT_MS)
})
