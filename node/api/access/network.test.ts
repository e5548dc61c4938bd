import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { type Api, createApi } from '../index.ts'

const folder = mkdtempSync(join(tmpdir(), 'skein-network-'))
afterAll(() => rmSync(folder, { recursive: true }))
let agent: FakeAgent
let api: Api
const sockets: Socket[] = []
beforeEach(async () => {
  agent = createFakeAgent()
  const network = { address: '127.0.0.1', port: 0, onTrouble: () => {} }
  api = createApi({ agent, socketPath: join(folder, 'skein.sock'), version: '0.1.0', network })
  await api.start()
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await api.stop()
})

interface Spoken {
  readonly socket: Socket
  /** All that came so far. */
  text(): string
}

/** Sends bytes and leaves the connection open. */
async function say(...lines: readonly string[]): Promise<Spoken> {
  const socket = connect({ host: '127.0.0.1', port: api.port ?? 0 })
  sockets.push(socket)
  let heard = ''
  socket.on('error', () => {})
  socket.on('data', (piece) => {
    heard += piece.toString('latin1')
  })
  await once(socket, 'connect')
  socket.write(lines.join('\r\n'))
  return { socket, text: () => heard }
}
const status = (said: Spoken): Promise<string> =>
  vi.waitFor(() => /^HTTP\/1\.1 (\d+)/.exec(said.text())?.[1] ?? expect.fail('no answer'), { timeout: 20_000 })
const bearer = (role: 'viewer' | 'operator' | 'admin' = 'viewer') =>
  `Authorization: Bearer ${agent.access.sessionOf(role)}`
/** Says how long a body is, and sends little of it. */
const begun = (path: string, length: number, ...headers: readonly string[]) =>
  say(
    `POST ${path} HTTP/1.1`,
    'Host: x',
    'Content-Type: application/json',
    `Content-Length: ${length}`,
    ...headers,
    '',
    '[',
  )

const MIB = 1024 * 1024

describe('what is sent', () => {
  it('is not read where there is nothing, nor from who is not known', async () => {
    expect(await status(await begun('/v1/nothing', 60 * MIB))).toBe('404')
    expect(await status(await begun('/v1/nothing', 10))).toBe('404')
    expect(await status(await begun('/v1/labs', 60 * MIB))).toBe('401')
  })

  it.each(['/v1/tokens', '/v1/api-tokens', '/v1/labs/x/rollback', '/v1/labs/x/reconcile', '/v1/allocations', '/labs'])(
    'to %s is small',
    async (path) => {
      expect(await status(await begun(path, 70_000, bearer('admin')))).toBe('413')
    },
  )

  it('may name every node of a large lab', async () => {
    const nodes = Array.from({ length: 10_000 }, (_, at) => `n${at}`.padEnd(40, 'x'))
    for (const path of ['saves', 'snapshots', 'snapshots/x/restore']) {
      const said = await api.app.inject({ method: 'POST', url: `/v1/labs/x/${path}`, payload: { nodes, name: 'x' } })
      expect(said.statusCode, said.body).not.toBe(413)
    }
  })

  it('finds no room beside another large one of the same person', async () => {
    const first = await begun('/v1/labs/validate', 40 * MIB, bearer())
    const second = await vi.waitFor(
      async () => {
        const said = await begun('/v1/labs/validate', 30 * MIB, bearer())
        expect(await status(said)).toBe('503')
        return said
      },
      { timeout: 20_000 },
    )
    expect(second.text()).toContain('BUSY')
    const body = JSON.stringify({ topology: 'name: x' })
    expect(
      await status(
        await begun('/v1/labs/validate', body.length, bearer()).then((said) => {
          said.socket.write(body.slice(1))
          return said
        }),
      ),
    ).toBe('400')
    const other = await begun('/v1/labs/validate', 40 * MIB, bearer('operator'))
    expect(await status(await begun('/v1/labs/validate', 60 * MIB, bearer('admin')))).toBe('503')
    first.socket.destroy()
    other.socket.destroy()
    await vi.waitFor(
      async () => {
        const body = JSON.stringify({ topology: 'x'.repeat(100_000) })
        const said = await say(
          'POST /v1/labs/validate HTTP/1.1',
          'Host: x',
          'Content-Type: application/json',
          `Content-Length: ${body.length}`,
          bearer(),
          '',
          body,
        )
        expect(await status(said)).toBe('200')
      },
      { timeout: 20_000 },
    )
  })

  it('of many parts is refused before it is taken apart', async () => {
    const payload = `[${'[],'.repeat(5_000_000)}1]`
    const parsed = vi.spyOn(JSON, 'parse')
    const headers = { 'content-type': 'application/json' }
    const said = await api.app.inject({ method: 'POST', url: '/v1/labs/validate', payload, headers })
    const most = Math.max(0, ...parsed.mock.calls.map(([text]) => String(text).length))
    parsed.mockRestore()
    expect([said.statusCode, most < 1_000]).toEqual([400, true])
  })
})

describe('a right password', () => {
  it('is heard, however often something else went wrong', async () => {
    agent.access.sessionOf('viewer')
    const login = () =>
      api.app.inject({ method: 'POST', url: '/auth/login', payload: { username: 'viewer', password: 'viewer' } })
    const { login: works } = agent.access
    Object.assign(agent.access, { login: () => Promise.reject(new MeshError('BUSY', 'too many at once')) })
    for (let at = 0; at < 40; at += 1) expect((await login()).statusCode).toBe(503)
    Object.assign(agent.access, { login: works })
    expect((await login()).statusCode).toBe(200)
    expect(agent.access.refusals).toEqual([])
  })

  it('that comes too often is told when it is heard', async () => {
    const often = new MeshError('TOO_MANY_TRIES', 'too many logins', { waitS: 7 })
    Object.assign(agent.access, { login: () => Promise.reject(often) })
    const payload = { username: 'viewer', password: 'viewer' }
    const said = await api.app.inject({ method: 'POST', url: '/auth/login', payload })
    expect([said.statusCode, said.headers['retry-after']]).toEqual([429, '7'])
  })
})

describe('an answer that is kept for another try', () => {
  it('is of one token alone, whatever they are called', async () => {
    const ids: string[] = []
    for (const secret of await Promise.all([1, 2].map(() => madeToken()))) {
      const said = await say(
        'POST /v1/tokens HTTP/1.1',
        'Host: x',
        'Content-Type: application/json',
        'Idempotency-Key: k1',
        'Content-Length: 2',
        `Authorization: Bearer ${secret}`,
        '',
        '{}',
      )
      expect(await status(said)).toBe('201')
      ids.push(/"id":"([^"]+)"/.exec(said.text())?.[1] ?? '')
    }
    expect(new Set(ids).size).toBe(2)
  })

  const madeToken = async (): Promise<string> =>
    (await agent.access.createApiToken({ name: 'ci', role: 'admin', ttlMs: 1e9 })).token
})

describe('what is told of who asks', () => {
  it('is ever less where nothing was done', async () => {
    const login = bearer('viewer')
    for (let at = 0; at < 10; at += 1) {
      const said = await say('DELETE /v1/hosts/b HTTP/1.1', 'Host: x', login, '', '')
      expect(await status(said)).toBe('403')
    }
    expect(agent.access.audits.map(({ times = 1 }) => times)).toEqual([1, 2, 4, 8])
  })

  it('is all that was done, also for who hung up', async () => {
    let answer = (): void => {}
    const asked = new Promise<void>((resolve) => {
      agent.remove = () => {
        resolve()
        return new Promise((done) => {
          answer = done
        })
      }
    })
    const said = await say('DELETE /v1/labs/one HTTP/1.1', 'Host: x', bearer('operator'), '', '')
    await asked
    said.socket.resetAndDestroy()
    await vi.waitFor(() => expect(said.socket.closed).toBe(true))
    answer()
    await vi.waitFor(() => expect(agent.access.audits).toMatchObject([{ what: 'DELETE /v1/labs/one' }]))
  })

  it('is who looked at frames, once that ends', async () => {
    agent.capture = async (_ask, signal) => ({
      host: 'a',
      bytes: (async function* () {
        yield Buffer.from('frames')
        if (!signal.aborted) await once(signal, 'abort')
      })(),
    })
    const path = '/v1/labs/one/nodes/r1/interfaces/eth1/capture'
    const said = await say(`GET ${path} HTTP/1.1`, 'Host: x', bearer('operator'), '', '')
    await vi.waitFor(() => expect(said.text()).toContain('frames'))
    said.socket.destroy()
    await vi.waitFor(() =>
      expect(agent.access.audits).toMatchObject([{ what: `GET ${path}`, lab: 'one', status: 200 }]),
    )
  })
})

describe('answers', () => {
  it.each(['/v1/events/follow', '/v1/labs/one/nodes/r1/logs'])('to HEAD %s do not go on', async (path) => {
    expect(await status(await say(`HEAD ${path} HTTP/1.1`, 'Host: x', bearer('admin'), '', ''))).toBe('404')
  })

  it.each(['/openapi.json', '/docs', '/readyz', '/healthz', '/api/v1/sd', '/metrics', '/v1/me', '/nothing'])(
    'to %s are kept by nobody',
    async (url) => {
      const { headers } = await api.app.inject({ method: 'GET', url })
      expect(headers['cache-control']).toBe('no-store')
    },
  )
})

describe('a session that is over', () => {
  it('loses what runs for it, also behind another request on its connection', { timeout: 30_000 }, async () => {
    const ended = agent.access.sessionOf('operator')
    const follow = ['GET /v1/events/follow HTTP/1.1', 'Host: x', `Authorization: Bearer ${ended}`, '', '']
    const said = await say(...follow, 'GET /v1/me HTTP/1.1', 'Host: x', bearer('viewer'), '', '')
    await vi.waitFor(() => expect(said.text()).toContain('cursor'))
    await agent.access.logout(ended)
    await vi.waitFor(() => expect(said.socket.closed).toBe(true), { timeout: 20_000 })
  })
})
