import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ClaimedTask } from '#agent/port.ts'
import { DEFAULT_PARAMS } from '#core/model/iperf.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { errorBody } from './contract/shapes/common.ts'
import { type Api, createApi } from './index.ts'

const TASK: ClaimedTask = {
  id: 5_001,
  exercise: 2_499,
  test: 2_500,
  role: 'client',
  params: DEFAULT_PARAMS,
  port: 42_001,
  address: '192.0.2.1',
  limitS: 20,
}

let agent: FakeAgent
let api: Api
beforeEach(() => {
  agent = createFakeAgent()
  agent.iperf.attached.queues.set('probe-1', [TASK])
  api = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', checksAnswers: true })
})
afterEach(() => api.stop())

type Headers = Readonly<Record<string, string>>
const RIGHT: Headers = { 'x-agent-name': 'probe-1', 'x-agent-key': 'key-of-probe-1', 'x-api-version': '1' }
const call = (path: string, headers: Headers = RIGHT, payload: object = {}) =>
  api.app.inject({ method: 'POST', url: `/v1/agent/${path}`, headers, payload })
const without = (name: string): Headers => Object.fromEntries(Object.entries(RIGHT).filter(([key]) => key !== name))

describe('an attached machine', () => {
  test('is made, listed, shown and removed', async () => {
    const make = (payload: object) => api.app.inject({ method: 'POST', url: '/v1/agents', payload })
    const made = await make({ name: 'lite' })
    expect([made.statusCode, made.json()]).toMatchObject([201, { id: 903, state: 'created', key: 'key-of-lite' }])
    expect((await make({ name: 'lite' })).json()).toMatchObject({ error: 'ATTACHED_EXISTS' })
    expect((await make({ name: 'a b', key: 'short' })).json().details.problems).toHaveLength(2)
    const list = (query: string) => api.app.inject({ method: 'GET', url: `/v1/agents${query}` })
    expect((await list('')).json()).toHaveLength(3)
    const online = (await list('?status=online')).json()
    expect(online).toMatchObject([{ id: 901, name: 'probe-1' }])
    expect(JSON.stringify(online)).not.toContain('key')
    expect((await list('/903')).json()).toMatchObject({ name: 'lite' })
    const remove = () => api.app.inject({ method: 'DELETE', url: '/v1/agents/903' })
    expect([(await remove()).statusCode, (await remove()).statusCode]).toEqual([204, 404])
  })

  test('registers, beats, claims, starts and reports', async () => {
    const registered = await call('register', RIGHT, { address: '198.51.100.7', os: 'unread' })
    expect(registered.json()).toMatchObject({ state: 'online', address: '198.51.100.7' })
    expect((await call('heartbeat')).statusCode).toBe(200)
    expect((await call('tasks/claim')).json()).toEqual(TASK)
    expect((await call('tasks/5001/started')).json()).toMatchObject({ id: 5_001, state: 'running' })
    const outcome = { state: 'succeeded', output: { end: {} } }
    expect((await call('tasks/5001/result', RIGHT, outcome)).json()).toMatchObject({ state: 'succeeded' })
    expect(agent.iperf.attached.told).toEqual([{ task: 5_001, outcome }])
    const none = await call('tasks/claim')
    expect([none.statusCode, none.body]).toEqual([204, ''])
  })

  test('is reached where it came from, unless it says otherwise or is on this host', async () => {
    const from = async (remoteAddress: string) =>
      (await api.app.inject({ method: 'POST', url: '/v1/agent/register', headers: RIGHT, remoteAddress })).json()
        .address
    expect(await from('::ffff:203.0.113.9')).toBe('203.0.113.9')
    expect(await from('127.0.0.1')).toBe('203.0.113.9')
    expect((await call('register', RIGHT, { address: 'fe80::1%eth0' })).statusCode).toBe(400)
  })

  test('may report a long run, and no longer one', async () => {
    await call('tasks/claim')
    await call('tasks/5001/started')
    const output = {
      intervals: Array.from({ length: 60_000 }, (_, at) => ({ at, bits_per_second: 940_000_000.5 + at, ok: true })),
    }
    const sent = JSON.stringify({ state: 'succeeded', output, more: 'x'.repeat(1024 * 1024) })
    expect(sent.length).toBeGreaterThan(4 * 1024 * 1024)
    expect((await call('tasks/5001/result', RIGHT, JSON.parse(sent))).statusCode).toBe(200)
    const more = { state: 'succeeded', output: 'x'.repeat(8 * 1024 * 1024) }
    expect((await call('tasks/5001/result', RIGHT, more)).statusCode).toBe(413)
  })

  test('leaves no trace in the feed, as it asks some times a minute', async () => {
    await call('heartbeat')
    expect(agent.access.audits).toEqual([])
  })
})

describe('refused is', () => {
  test.each<[string, Headers, number, string]>([
    ['no version', without('x-api-version'), 426, 'API_VERSION'],
    ['another version, before the key', { 'x-api-version': '2' }, 426, 'API_VERSION'],
    ['no name', without('x-agent-name'), 401, 'ATTACHED_KEY_WRONG'],
    ['no key', without('x-agent-key'), 401, 'ATTACHED_KEY_WRONG'],
    ['a wrong key', { ...RIGHT, 'x-agent-key': 'key-of-probe-2' }, 401, 'ATTACHED_KEY_WRONG'],
    ['an unknown machine', { ...RIGHT, 'x-agent-name': 'nobody' }, 404, 'NOT_FOUND'],
    ['an impossible name', { ...RIGHT, 'x-agent-name': '../x' }, 404, 'NOT_FOUND'],
  ])('%s', async (_what, headers, status, code) => {
    for (const path of ['register', 'heartbeat', 'tasks/claim', 'tasks/5001/started', 'tasks/5001/result']) {
      const response = await call(path, headers, { state: 'failed' })
      expect([path, response.statusCode, response.json().error]).toEqual([path, status, code])
      expect(errorBody.safeParse(response.json()).success).toBe(true)
    }
  })

  test('a task of another machine, and one that was not claimed or is over', async () => {
    expect((await call('tasks/77/started')).statusCode).toBe(404)
    expect((await call('tasks/5001/started')).json()).toMatchObject({ error: 'TEST_STATE' })
    await call('tasks/claim')
    await call('tasks/5001/result', RIGHT, { state: 'failed', error: 'no route' })
    expect((await call('tasks/5001/result', RIGHT, { state: 'succeeded' })).statusCode).toBe(409)
    expect((await call('tasks/5001/result', RIGHT, { state: 'done' })).statusCode).toBe(400)
  })

  test('guessing keys goes on ever more slowly; the machine itself elsewhere is not held up', async () => {
    const guess = (key: string, remoteAddress: string) =>
      api.app.inject({
        method: 'POST',
        url: '/v1/agent/heartbeat',
        headers: { ...RIGHT, 'x-agent-key': key },
        remoteAddress,
      })
    const statuses = new Set<number>()
    for (let at = 0; at < 25; at += 1) statuses.add((await guess(`guess-${at}`, '203.0.113.66')).statusCode)
    expect(statuses).toEqual(new Set([401, 429]))
    const held = await guess('key-of-probe-1', '203.0.113.66')
    expect([held.statusCode, Number(held.headers['retry-after']) > 0]).toEqual([429, true])
    expect((await guess('key-of-probe-1', '203.0.113.67')).statusCode).toBe(200)
  })

  test('another version on any other path, where one is named', async () => {
    const self = (headers: Headers, url = '/v1/self') => api.app.inject({ method: 'GET', url, headers })
    expect((await self({})).statusCode).toBe(200)
    expect((await self({ 'x-api-version': '1' })).statusCode).toBe(200)
    const refused = await self({ 'x-api-version': '0' })
    expect([refused.statusCode, refused.headers['x-api-version']]).toEqual([426, '1'])
    expect((await self({ 'x-api-version': '0' }, '/healthz')).statusCode).toBe(200)
  })
})

describe('Idempotency-Key of a machine', () => {
  const withKey = { ...RIGHT, 'idempotency-key': 'one' }

  test('changes nothing twice, and gives the same answer', async () => {
    await call('tasks/claim')
    const report = () => call('tasks/5001/result', withKey, { state: 'failed' })
    const [first, again] = [await report(), await report()]
    expect([first.statusCode, again.statusCode]).toEqual([200, 200])
    expect(again.body).toBe(first.body)
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([undefined, 'true'])
    expect(agent.iperf.attached.told).toHaveLength(1)
    expect((await call('tasks/5001/result', withKey, { state: 'canceled' })).json()).toMatchObject({
      error: 'KEY_REUSED',
    })
  })

  test('shows an answer to nobody with another key or another name', async () => {
    await call('heartbeat', withKey)
    expect((await call('heartbeat', { ...withKey, 'x-agent-key': 'wrong' })).statusCode).toBe(401)
    const other = await call('heartbeat', { ...withKey, 'x-agent-name': 'probe-2', 'x-agent-key': 'key-of-probe-2' })
    expect([other.headers['idempotent-replayed'], other.json().name]).toEqual([undefined, 'probe-2'])
  })

  test('keeps no answer to whoever did not show the right key', async () => {
    const nobody = { ...withKey, 'x-agent-name': 'nobody', 'x-agent-key': 'key-of-nobody' }
    expect((await call('heartbeat', nobody)).statusCode).toBe(404)
    await agent.iperf.attached.create({ name: 'nobody' })
    expect((await call('heartbeat', nobody)).statusCode).toBe(200)
  })
})
