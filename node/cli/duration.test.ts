import { describe, expect, it } from 'vitest'
import { ageText, parseDurationMs } from './duration.ts'
import { parseTarget } from './target.ts'

describe('parseDurationMs', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
  ])('%s', (text, ms) => expect(parseDurationMs(text)).toBe(ms))

  it.each(['', '5', 's', '-5s', '5 s', '5w', '0s', '1e3s', `${'9'.repeat(30)}d`])('not %j', (text) =>
    expect(parseDurationMs(text)).toBeUndefined(),
  )
})

it.each([
  [null, '-'],
  [undefined, '-'],
  [-5, '0s'],
  [400, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [7_199_000, '1h'],
  [86_400_000 * 12, '12d'],
])('an age of %s ms is %s', (ms, text) => expect(ageText(ms)).toBe(text))

describe('parseTarget', () => {
  it.each([
    ['/run/x.sock', { type: 'socket', path: '/run/x.sock' }],
    ['./x.sock', { type: 'socket', path: './x.sock' }],
    ['unix:/run/x.sock', { type: 'socket', path: '/run/x.sock' }],
    ['unix:///run/x.sock', { type: 'socket', path: '/run/x.sock' }],
    ['http://b:8010', { type: 'tcp', origin: 'http://b:8010', host: 'b', port: 8010 }],
    ['http://b', { type: 'tcp', origin: 'http://b:8010', host: 'b', port: 8010 }],
    ['https://b', { type: 'tcp', origin: 'https://b:8010', host: 'b', port: 8010, tls: {} }],
    ['http://b:80/', { type: 'tcp', origin: 'http://b:80', host: 'b', port: 80 }],
    ['http://[2001:db8::1]:9', { type: 'tcp', origin: 'http://[2001:db8::1]:9', host: '2001:db8::1', port: 9 }],
  ])('%s', (text, target) => expect(parseTarget(text)).toEqual(target))

  it.each(['', 'unix:', 'b:8010', 'ftp://b', 'http://'])('not %j', (text) =>
    expect(() => parseTarget(text)).toThrow('is not understood'),
  )
})
