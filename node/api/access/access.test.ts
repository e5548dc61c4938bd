import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { whoAsked } from '#platform/on-behalf.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { type Api, createApi } from '../index.ts'
import { leastFor, rowOf } from './table.ts'

const folder = mkdtempSync(join(tmpdir(), 'skein-access-'))
afterAll(() => rmSync(folder, { recursive: true }))

let pem = { certificate: '', key: '' }
beforeAll(() => {
  const [crt, key] = [join(folder, 'a.crt'), join(folder, 'a.key')]
  const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=a']
  execFileSync('openssl', [...make, '-keyout', key, '-out', crt], { stdio: 'ignore' })
  const read = (path: string) => execFileSync('cat', [path]).toString()
  pem = { certificate: read(crt), key: read(key) }
})

/** Any 16 bytes, RFC 6455 §4.1. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

let agent: FakeAgent
let api: Api
let isSecure = true
const open = async (secure = true): Promise<void> => {
  isSecure = secure
  agent = createFakeAgent()
  const certificate = secure ? { certificate: async () => pem } : {}
  const network = { address: '127.0.0.1', port: 0, onTrouble: () => {}, ...certificate }
  api = createApi({ agent, socketPath: join(folder, 'skein.sock'), version: '0.1.0', network })
  await api.start()
}
beforeEach(() => open())
afterEach(() => api.stop())

interface Said {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON it is, the tests look into it
  readonly body: any
}

const ask = (method: string, path: string, more: { headers?: object; body?: unknown } = {}): Promise<Said> =>
  new Promise((resolve, reject) => {
    const text = more.body === undefined ? '' : typeof more.body === 'string' ? more.body : JSON.stringify(more.body)
    const type = more.body === undefined ? {} : { 'content-type': 'application/json' }
    const length = { 'content-length': String(Buffer.byteLength(text)) }
    const headers = { ...type, ...length, ...more.headers } as Record<string, string>
    const options = {
      host: '127.0.0.1',
      port: api.port,
      method,
      path,
      headers,
      rejectUnauthorized: false,
      agent: false,
    }
    const request = (isSecure ? tlsRequest : plainRequest)(options, (response) => {
      let said = ''
      response.on('data', (piece) => {
        said += piece
      })
      response.on('end', () => {
        const { statusCode: status = 0, headers: heard } = response
        const isJson = heard['content-type']?.includes('json') === true && said !== ''
        resolve({ status, headers: heard, body: isJson ? JSON.parse(said) : said })
      })
    })
    request.on('error', reject)
    request.end(text)
  })
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const cookie = (token: string) => ({ cookie: `theme=dark; skein_session=${token}` })

describe('every route', () => {
  it('has a row in the table of who may', async () => {
    const missing: string[] = []
    const other = createFakeAgent()
    const all = createApi({ agent: other, socketPath: '/nowhere', version: '0.1.0', pages: folder })
    all.app.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (rowOf(one, url) === undefined) missing.push(`${one} ${url}`)
    })
    all.app.post('/v1/forgotten', () => 'here')
    await all.app.ready()
    // The one that was forgotten on purpose shows that others would be seen.
    expect(missing).toEqual(['POST /v1/forgotten'])
    expect(leastFor('POST', '/v1/forgotten')).toBe('admin')
  })
})

describe('who asks', () => {
  it('nobody is let in without a login, whatever is asked', async () => {
    for (const [method, path] of [
      ['GET', '/v1/labs'],
      ['GET', '/v1/me'],
      ['POST', '/v1/labs'],
      ['DELETE', '/v1/hosts/b'],
      ['GET', '/v1/users'],
    ] as const)
      expect(await ask(method, path), path).toMatchObject({ status: 401, body: { error: 'LOGIN_NEEDED' } })
    expect(await ask('GET', '/healthz')).toMatchObject({ status: 200 })
    expect(await ask('GET', '/v1/nothing')).toMatchObject({ status: 404 })
    expect(agent.removed).toEqual([])
  })

  it.each([
    ['viewer', 200, 403, 403],
    ['operator', 200, 202, 403],
    ['admin', 200, 202, 200],
    ['metrics', 403, 403, 403],
  ] as const)('a %s may do no more than that', async (role, look, change, rule) => {
    agent.access.sessionOf('admin')
    const headers = bearer(agent.access.sessionOf(role))
    const { body } = await ask('GET', '/v1/labs', { headers })
    const lab = { topology: 'name: one\ntopology:\n  nodes:\n    r1: { kind: linux, image: "alpine:3" }\n' }
    expect((await ask('GET', '/v1/labs', { headers })).status, JSON.stringify(body)).toBe(look)
    expect((await ask('POST', '/v1/labs', { headers, body: lab })).status).toBe(change)
    expect((await ask('DELETE', '/v1/hosts/b', { headers })).status).toBe(rule)
  })

  it('the socket of the host is its admin', async () => {
    const { body } = (await api.app.inject({ method: 'GET', url: '/v1/me' })) as { body: string }
    expect(JSON.parse(body)).toMatchObject({ type: 'local', role: 'admin', host: 'a', expiresAtMs: null })
  })

  it('an API token works until it is revoked', async () => {
    const admin = bearer(agent.access.sessionOf('admin'))
    const made = await ask('POST', '/v1/api-tokens', { headers: admin, body: { name: 'ci', role: 'operator' } })
    expect(made).toMatchObject({ status: 201, body: { name: 'ci', role: 'operator' } })
    const headers = bearer(made.body.token)
    expect((await ask('GET', '/v1/me', { headers })).body).toMatchObject({ type: 'token', name: 'ci' })
    expect((await ask('DELETE', `/v1/api-tokens/${made.body.id}`, { headers: admin })).status).toBe(204)
    expect((await ask('GET', '/v1/me', { headers })).status).toBe(401)
  })
})

describe('logging in', () => {
  it('first with the code, which is spent then', async () => {
    expect((await ask('GET', '/v1/first-login')).body).toMatchObject({ host: 'a', needsCode: true })
    const body = { code: 'first', username: 'ann', password: 'correct horse' }
    const said = await ask('POST', '/auth/login', { body })
    expect(said).toMatchObject({ status: 200, body: { token_type: 'bearer', user: 'ann', role: 'admin' } })
    expect((await ask('GET', '/v1/first-login')).body).toMatchObject({ needsCode: false })
    expect(await ask('POST', '/auth/login', { body })).toMatchObject({ status: 401, body: { error: 'LOGIN_WRONG' } })
  })

  it('by a form, as by JSON; the cookie is for browsers alone', async () => {
    agent.access.sessionOf('viewer')
    const form = {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'username=viewer&password=viewer',
    }
    const said = await ask('POST', '/auth/login', form)
    const [set] = [said.headers['set-cookie']].flat()
    expect(set).toMatch(/^skein_session=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Secure$/)
    expect((await ask('GET', '/v1/me', { headers: cookie(said.body.access_token) })).body).toMatchObject({
      name: 'viewer',
    })
    expect((await ask('POST', '/v1/labs', form)).status).toBe(401)
  })

  it('ends with logout', async () => {
    const token = agent.access.sessionOf('viewer')
    const said = await ask('POST', '/auth/logout', { headers: cookie(token) })
    expect(said).toMatchObject({ status: 204 })
    expect([said.headers['set-cookie']].flat()[0]).toContain('Max-Age=0')
    expect((await ask('GET', '/v1/me', { headers: cookie(token) })).status).toBe(401)
  })

  it('wrong ones wait; others are not held up', async () => {
    agent.access.sessionOf('viewer')
    const wrong = { body: { username: 'viewer', password: 'no' } }
    for (let at = 0; at < 5; at += 1) expect((await ask('POST', '/auth/login', wrong)).status).toBe(401)
    const right = { body: { username: 'viewer', password: 'viewer' } }
    const said = await ask('POST', '/auth/login', right)
    expect(said).toMatchObject({ status: 429, body: { error: 'TOO_MANY_TRIES' } })
    expect(Number(said.headers['retry-after'])).toBeGreaterThan(0)
    agent.access.sessionOf('admin')
    expect((await ask('POST', '/auth/login', { body: { username: 'admin', password: 'admin' } })).status).toBe(200)
    expect(agent.access.refusals.map(({ tries }) => tries)).toEqual([1, 2, 3, 4, 5])
  })

  it.each([
    ['', 400],
    ['{', 400],
    ['[]', 400],
    [{ username: 'a' }, 400],
    [{ username: ['a'], password: {} }, 400],
  ])('of %j answers %i', async (body, status) => {
    const headers = { 'content-type': 'application/json' }
    expect((await ask('POST', '/auth/login', { headers, body })).status).toBe(status)
  })
})

describe('another site', () => {
  it('changes nothing with the cookie of a user, and opens no WebSocket', async () => {
    const headers = cookie(agent.access.sessionOf('admin'))
    const own = `https://127.0.0.1:${api.port}`
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1'])
      expect(await ask('DELETE', '/v1/hosts/b', { headers: { ...headers, origin } }), origin).toMatchObject({
        status: 403,
        body: { error: 'ORIGIN_REFUSED' },
      })
    expect(
      (await ask('DELETE', '/v1/hosts/b', { headers: { ...headers, 'sec-fetch-site': 'cross-site' } })).status,
    ).toBe(403)
    expect(agent.removed).toEqual([])
    expect((await ask('DELETE', '/v1/hosts/b', { headers: { ...headers, origin: own } })).status).toBe(200)
  })
})

describe('a WebSocket', () => {
  const upgrade = (headers: object): Promise<number> =>
    new Promise((resolve, reject) => {
      const key = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': KEY,
      }
      const at = { host: '127.0.0.1', port: api.port, path: '/v1/live', rejectUnauthorized: false, agent: false }
      const request = tlsRequest({ ...at, headers: { ...key, ...headers } as Record<string, string> })
      request.on('upgrade', (response, socket) => {
        socket.destroy()
        resolve(response.statusCode ?? 0)
      })
      request.on('response', (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      request.on('error', reject)
      request.end()
    })

  it('opens for whoever is logged in, and for no page of another site', async () => {
    const mine = cookie(agent.access.sessionOf('viewer'))
    const own = { origin: `https://127.0.0.1:${api.port}` }
    expect(await upgrade({})).toBe(401)
    expect(await upgrade({ ...mine, origin: 'https://evil.example' })).toBe(403)
    expect(await upgrade({ ...mine, ...own })).toBe(101)
    expect(await upgrade(bearer(agent.access.sessionOf('metrics')))).toBe(403)
  })
})

describe('answers', () => {
  it('tell browsers what they may do with them', async () => {
    const { headers } = await ask('GET', '/v1/me', { headers: bearer(agent.access.sessionOf('viewer')) })
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
  })

  it('a change is told, with who asked', async () => {
    const headers = bearer(agent.access.sessionOf('operator'))
    await ask('DELETE', '/v1/labs/none?x=1', { headers })
    expect(agent.access.audits).toMatchObject([
      { actor: { name: 'operator' }, address: '127.0.0.1', what: 'DELETE /v1/labs/none', lab: 'none', status: 404 },
    ])
  })

  it('what is done on the socket is told once', async () => {
    await api.app.inject({ method: 'DELETE', url: '/v1/labs/none' })
    await api.app.inject({ method: 'POST', url: '/v1/labs/plan', payload: {} })
    expect(agent.access.audits).toEqual([])
    await api.app.inject({ method: 'POST', url: '/v1/tokens', payload: {} })
    expect(agent.access.audits).toMatchObject([{ actor: { type: 'local' }, what: 'POST /v1/tokens', status: 201 }])
  })

  it('what is done for somebody knows for whom, also after its body was read', async () => {
    const asked: (string | undefined)[] = []
    const exec = agent.exec.bind(agent)
    agent.exec = async (...ask) => {
      await new Promise((resolve) => setImmediate(resolve))
      asked.push(whoAsked())
      return exec(...ask)
    }
    const body = { argv: ['true', 'x'.repeat(100_000)] }
    const headers = bearer(agent.access.sessionOf('operator'))
    await Promise.all([
      ask('POST', '/v1/labs/x/nodes/y/exec', { headers, body }),
      ask('POST', '/v1/labs/x/nodes/y/exec', { headers: bearer(agent.access.sessionOf('admin')), body }),
    ])
    expect(asked.toSorted()).toEqual(['admin (session)', 'operator (session)'])
    expect(whoAsked()).toBeUndefined()
  })

  it('without TLS the cookie goes without Secure', async () => {
    await api.stop()
    await open(false)
    agent.access.sessionOf('viewer')
    const said = await ask('POST', '/auth/login', { body: { username: 'viewer', password: 'viewer' } })
    expect([said.headers['set-cookie']].flat()[0]).not.toContain('Secure')
  })
})
