import { Duplex } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Watch } from './watch.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

const ended = new Set<string>()
const requestOf = (socket: Duplex, secret: string) => ({ raw: { socket }, secret }) as Parameters<Watch['begin']>[0]
const socketOf = () => new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() })

test('what runs for a session is cut off when it ends, and nothing else', async () => {
  const watch = new Watch({ holds: (secret) => !ended.has(secret) })
  const [mine, yours, kept] = [socketOf(), socketOf(), socketOf()]
  watch.begin(requestOf(mine, 'mine'))
  watch.begin(requestOf(yours, 'yours'))
  const answered = requestOf(kept, 'mine')
  watch.begin(answered)
  watch.end(answered)
  vi.advanceTimersByTime(6_000)
  expect([mine, yours, kept].map(({ destroyed }) => destroyed)).toEqual([false, false, false])
  ended.add('mine')
  vi.advanceTimersByTime(6_000)
  expect([mine, yours, kept].map(({ destroyed }) => destroyed)).toEqual([true, false, false])
  for (const socket of [yours, kept]) socket.destroy()
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(0))
})

test('what runs for a session is cut off also where another one asks on its connection', () => {
  const watch = new Watch({ holds: (secret) => secret !== 'over' })
  const [socket, quiet] = [socketOf(), socketOf()]
  const later = requestOf(socket, 'good')
  watch.begin(requestOf(socket, 'over'))
  watch.begin(later)
  watch.end(later)
  const answered = requestOf(quiet, 'over')
  watch.begin(requestOf(quiet, 'good'))
  watch.begin(answered)
  watch.end(answered)
  vi.advanceTimersByTime(6_000)
  expect([socket.destroyed, quiet.destroyed]).toEqual([true, false])
  quiet.destroy()
})
