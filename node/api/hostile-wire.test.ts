import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { PATH_TRICKS } from '#testing/hostile-values.ts'
import { type Api, createApi } from './index.ts'
import { MAX_TABS } from './live/hub.ts'

const folder = mkdtempSync(join(tmpdir(), 'skein-wire-'))
let agent: FakeAgent
let api: Api
beforeAll(async () => {
  agent = createFakeAgent()
  const network = { address: '127.0.0.1', port: 0, onTrouble: () => {} }
  api = createApi({ agent, socketPath: join(folder, 'skein.sock'), version: '0.1.0', network })
  await api.start()
})
afterAll(async () => {
  await api.stop()
  rmSync(folder, { recursive: true })
})

const open = async (): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port: api.port ?? 0 })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** However it ends. */
const ended = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()))

/** Everything that comes until the other side ends it, or says something after which it waits for more. */
async function tell(bytes: string | Uint8Array): Promise<string> {
  const socket = await open()
  let said = ''
  socket.on('data', (piece) => {
    said += piece.toString('latin1')
  })
  socket.end(bytes)
  await ended(socket)
  return said
}

const statusOf = (said: string): string => said.split('\r\n')[0] ?? ''
const isWell = async (): Promise<boolean> => statusOf(await tell('GET /healthz HTTP/1.0\r\n\r\n')).includes(' 200 ')
const request = (line: string, headers: readonly string[] = [], body = ''): string =>
  [line, 'Host: x', 'Connection: close', ...headers, '', body].join('\r\n')

describe('what comes over the network', () => {
  test('may be any bytes', { timeout: 60_000 }, async () => {
    const lines = fc.constantFrom('GET / HTTP/1.1\r\n', 'POST /v1/labs HTTP/1.1\r\n', '')
    const bytes = fc.tuple(lines, fc.uint8Array({ maxLength: 2_000 }))
    await fc.assert(
      fc.asyncProperty(bytes, async ([line, rest]) => {
        const said = await tell(Buffer.concat([Buffer.from(line), rest]))
        expect(said).not.toContain(' 500 ')
      }),
      { numRuns: 300 },
    )
    expect(await isWell()).toBe(true)
  })

  test.each(PATH_TRICKS)('finds no way around by the path %s', async (path) => {
    const said = await tell(request(`GET ${path} HTTP/1.1`))
    expect(statusOf(said)).toMatch(/ (?:400|401|404) /)
    expect(said).not.toContain('root:')
  })

  test.each([
    ['two lengths', ['Content-Length: 1', 'Content-Length: 2'], /400/],
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], /400/],
    ['a length that is none', ['Content-Length: -1'], /400/],
    ['headers without end', Array.from({ length: 3_000 }, (_, at) => `X-${at}: ${'y'.repeat(40)}`), /431|400|^$/],
    ['a body far too large', ['Content-Type: application/json', `Content-Length: ${2 ** 40}`], /401|413/],
    ['an upgrade to nothing', ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'], /400|401/],
  ])('is refused with %s', async (_what, headers, status) => {
    const said = await tell(request('POST /v1/labs HTTP/1.1', headers, '{}'))
    expect(statusOf(said)).toMatch(status)
    expect(await isWell()).toBe(true)
  })

  test('may break off anywhere', async () => {
    const whole = request('POST /v1/tokens HTTP/1.1', ['Content-Type: application/json', 'Content-Length: 2'], '{}')
    for (let at = 0; at < whole.length; at += 7) {
      const socket = await open()
      socket.write(whole.slice(0, at))
      socket.destroy()
    }
    expect(agent.tokens()).toEqual([])
    expect(await isWell()).toBe(true)
  })

  test('hears which part of a host is not ready, and why only with a login', async () => {
    const { checks } = agent
    agent.checks = [{ name: 'mesh', ok: false, why: 'secret-host cannot be heard' }]
    const stranger = await tell(request('GET /readyz HTTP/1.1'))
    const bearer = `Authorization: Bearer ${agent.access.sessionOf('viewer')}`
    const viewer = await tell(request('GET /readyz HTTP/1.1', [bearer]))
    agent.checks = checks
    expect([statusOf(stranger), statusOf(viewer)]).toEqual(Array(2).fill('HTTP/1.1 503 Service Unavailable'))
    expect([stranger.includes('mesh'), stranger.includes('secret-host')]).toEqual([true, false])
    expect(viewer).toContain('secret-host')
  })

  test('opens no live view without a login, and none for other sites', async () => {
    const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']
    const live = (more: readonly string[]) =>
      tell(request('GET /v1/live HTTP/1.1', [...upgrade, ...more]).replace('Connection: close', 'Connection: Upgrade'))
    expect(statusOf(await live([]))).toMatch(/401/)
    const cookie = `Cookie: skein_session=${agent.access.sessionOf('viewer')}`
    expect(statusOf(await live([cookie, 'Origin: https://evil.example']))).toMatch(/403/)
  })
})

describe('tabs over the network', () => {
  test('that send garbage or take nothing off go; others stay', { timeout: 60_000 }, async () => {
    const cookie = `skein_session=${agent.access.sessionOf('viewer')}`
    const join = async (): Promise<Socket> => {
      const socket = await open()
      socket.write(
        `GET /v1/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: ${cookie}\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
      )
      await once(socket, 'data')
      return socket
    }
    const good = await join()
    const bytes = fc.uint8Array({ minLength: 20, maxLength: 500 })
    await fc.assert(
      fc.asyncProperty(bytes, async (garbage) => {
        const socket = await join()
        socket.resume()
        socket.end(garbage)
        await ended(socket)
      }),
      { numRuns: 100 },
    )
    expect(good.destroyed).toBe(false)
    const many = await Promise.all(Array.from({ length: MAX_TABS + 20 }, join))
    for (const socket of [...many, good]) socket.destroy()
    expect(await isWell()).toBe(true)
  })
})
