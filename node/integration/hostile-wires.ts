import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import fc from 'fast-check'
import { WebSocket } from 'ws'
import { anything, PATH_TRICKS } from '#testing/hostile-values.ts'
import type { Caller } from './hostile-requests.ts'

/** Where the host is, and who may there. */
export interface Target {
  readonly host: string
  readonly port: number
  /** Path of the certificate of the authority. */
  readonly ca: string
  /** Of an operator. */
  readonly token: string
}

const SLOW_ONES = 40
const KEY = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==']

const open = async ({ host, port, ca }: Target): Promise<TLSSocket> => {
  const socket = connect({ host, port, ca: readFileSync(ca) })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

/** All that comes until the other side hangs up. */
async function tell(target: Target, bytes: string): Promise<string> {
  const socket = await open(target)
  let said = ''
  socket.on('data', (piece: Buffer) => {
    if (said.length < 100_000) said += piece.toString('latin1')
  })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(bytes)
  await closed
  return said
}

const head = (line: string, headers: readonly string[], end = 'Connection: close'): string =>
  [line, 'Host: x', end, ...headers, '', ''].join('\r\n')
const upgrade = (path: string, headers: readonly string[]): string =>
  head(`GET ${path} HTTP/1.1`, [...KEY, ...headers], 'Connection: Upgrade')

/** Also 403: what serves files refuses paths out of their folder in this way. */
const NOTHING = / (?:400|401|403|404) /

/** What is written on a bare connection, and how the first line of the answer may be; empty where it is only cut. */
const linesFor = ({ token }: Target): readonly (readonly [string, string, RegExp])[] => {
  const bearer = `Authorization: Bearer ${token}`
  const json = 'Content-Type: application/json'
  const post = (headers: readonly string[], body = '{}') => head('POST /v1/me/password HTTP/1.1', headers) + body
  const many = Array.from({ length: 3_000 }, (_, at) => `X-${at}: ${'y'.repeat(40)}`)
  const terminal = '/v1/labs/x/nodes/y/console'
  return [
    ...PATH_TRICKS.map((path) => [path, head(`GET ${path} HTTP/1.1`, []), NOTHING] as const),
    // Whole addresses are fine from who may: so are those of proxies (RFC 9112 §3.2.2).
    ...PATH_TRICKS.filter((path) => path.startsWith('/')).map(
      (path) => [`${path} of an operator`, head(`GET ${path} HTTP/1.1`, [bearer]), NOTHING] as const,
    ),
    ['a long address', head(`GET /${'x'.repeat(100_000)} HTTP/1.1`, []), / (?:400|414|431) |^$/],
    ['headers without end', post(many), / (?:400|431) |^$/],
    ['two lengths', post(['Content-Length: 1', 'Content-Length: 2']), / 400 /],
    ['a length and chunks', post(['Content-Length: 5', 'Transfer-Encoding: chunked']), / 400 /],
    ['a body far too large', post([bearer, json, `Content-Length: ${2 ** 40}`]), / 413 /],
    ['a large body in one chunk', post([bearer, json, 'Transfer-Encoding: chunked'], chunk(32)), / 413 |^$/],
    ['a large body of a stranger', post([json, 'Transfer-Encoding: chunked'], chunk(8)), / 401 |^$/],
    ['an upgrade to nothing', post([bearer, 'Upgrade: h2c', 'Content-Length: 2']), / (?:400|401|415) /],
    ['a live view of a stranger', upgrade('/v1/live', []), / 401 /],
    ['a live view for another site', upgrade('/v1/live', [bearer, 'Origin: https://evil.example']), / 403 /],
    ['a live view for no site', upgrade('/v1/live', [bearer, 'Origin: null']), / 403 /],
    ['a terminal for another site', upgrade(terminal, [bearer, 'Origin: https://evil.example']), / 403 /],
    ['a terminal of a stranger', upgrade(terminal, []), / 401 /],
  ]
}

const chunk = (mebibytes: number): string => {
  const size = mebibytes * 1024 * 1024
  return `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`
}

/** Writes each on a connection of its own; what was answered in another way than it should, or gave away a file. */
export async function wrongLines(target: Target): Promise<string[]> {
  const faults: string[] = []
  for (const [what, bytes, wanted] of linesFor(target)) {
    const said = await tell(target, bytes)
    const first = said.split('\r\n')[0] ?? ''
    if (!wanted.test(first) || said.includes('root:')) faults.push(`${what}: ${first}`)
  }
  return faults
}

/** Connections that say a letter of a header now and then; resolves when the host has cut all of them, with how many. */
export async function slowOnes(target: Target): Promise<number> {
  const one = async (): Promise<void> => {
    const socket = await open(target)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    socket.resume()
    while (!socket.destroyed && !socket.readableEnded) {
      socket.write('x')
      await pause(200)
    }
  }
  await Promise.all(Array.from({ length: SLOW_ONES }, one))
  return SLOW_ONES
}

export const liveTab = async (
  { host, port, ca }: Target,
  headers: Readonly<Record<string, string>>,
): Promise<WebSocket> => {
  const socket = new WebSocket(`wss://${host}:${port}/v1/live`, { ca: readFileSync(ca), headers })
  socket.on('error', () => {})
  await once(socket, 'open')
  return socket
}

/** Garbage in so many live views, each of which must end with a reason; the codes that are none for it. */
export async function wrongEnds(target: Target, count: number, seed: number): Promise<string[]> {
  const texts = anything.map((one) => JSON.stringify(one))
  const large = fc.integer({ min: 1_025, max: 3_000_000 }).map((size) => 'x'.repeat(size))
  const messages = fc.oneof({ weight: 8, arbitrary: texts }, fc.string({ unit: 'binary' }), large)
  const faults: string[] = []
  for (const [at, message] of fc.sample(messages, { numRuns: count, seed }).entries()) {
    const socket = await liveTab(target, { authorization: `Bearer ${target.token}` })
    const closed = once(socket, 'close')
    socket.send(Buffer.from(message), { binary: at % 2 === 0 })
    const [code] = await closed
    if (![1006, 1007, 1008, 1009].includes(code))
      faults.push(`${JSON.stringify(message.slice(0, 100))}: ended with ${code}`)
  }
  return faults
}

/** Logs in, opens a live view and logs out: what somebody who took the cookie away may still do. */
export async function stolenCookie(target: Target, caller: Caller, login: object): Promise<string[]> {
  const form = { 'content-type': 'application/json' }
  const body = JSON.stringify(login)
  const { headers, text } = await caller.send({ method: 'POST', path: '/auth/login', headers: form, body })
  const cookie = [headers['set-cookie'] ?? []].flat()[0]?.split(';')[0] ?? ''
  if (!cookie.startsWith('skein_session=')) return [`no login: ${text}`]
  const ask = async (method: string, path: string, more: Readonly<Record<string, string>> = {}) =>
    (await caller.send({ method, path, headers: { cookie, ...more } })).status
  const faults: string[] = []
  const expect = (what: string, is: unknown, wanted: unknown): void => {
    if (is !== wanted) faults.push(`${what}: ${is}, not ${wanted}`)
  }
  expect('before the logout', await ask('GET', '/v1/me'), 200)
  expect('from another site', await ask('POST', '/v1/labs/x/reconcile', { origin: 'https://evil.example' }), 403)
  const closed = once(await liveTab(target, { cookie }), 'close')
  expect('logout', await ask('POST', '/auth/logout'), 204)
  expect('the live view of before', (await closed)[0], 1008)
  expect('after the logout', await ask('GET', '/v1/me'), 401)
  expect('a terminal', await ask('GET', '/v1/labs/x/nodes/y/console'), 401)
  const [line = ''] = (await tell(target, upgrade('/v1/live', [`Cookie: ${cookie}`]))).split('\r\n')
  expect('a new live view', / 401 /.test(line), true)
  return faults
}
