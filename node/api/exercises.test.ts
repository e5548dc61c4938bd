import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { type Api, createApi } from './index.ts'

let agent: FakeAgent
let api: Api
beforeEach(() => {
  agent = createFakeAgent()
  api = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', checksAnswers: true })
})
afterEach(() => api.stop())

const get = (url: string) => api.app.inject({ method: 'GET', url })
const send = (method: 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) =>
  api.app.inject({ method, url, ...(payload === undefined ? {} : { payload }) })

describe('an exercise', () => {
  test('is planned, made, started, and shown as it goes on', async () => {
    const ask = { ends: ['a', 'b', 'c'], params: { timeS: 3 } }
    const plan = await send('POST', '/v1/exercises/plan', ask)
    expect(plan.json()).toMatchObject({ rounds: 6, estimatedS: 30 })
    const made = await send('POST', '/v1/exercises', { ...ask, start: true })
    expect(made.statusCode).toBe(201)
    expect(made.json()).toMatchObject({ id: 4_000, state: 'running', tests: 6, params: { timeS: 3 } })
    expect(agent.iperf.asked).toEqual([{ ...ask, shape: 'mesh', start: true }])
    expect((await get('/v1/exercises/4000/live')).json()).toMatchObject([
      { test: 4_001, source: 'a', destination: 'b' },
    ])
    expect((await get('/v1/exercises/7/live')).statusCode).toBe(404)
    agent.iperf.finish(4_000)
    const { json } = await get('/v1/exercises/4000')
    expect(json()).toMatchObject({ state: 'ended', round: 6, states: { succeeded: 6 } })
    expect((await get('/v1/exercises')).json().map(({ id }: { id: number }) => id)).toEqual([
      4_000, 3_000, 2_000, 1_000,
    ])
  })

  test('is empty where nothing is named; tests are added to it by name, or by the number of a machine', async () => {
    const { id } = (await send('POST', '/v1/exercises', {})).json()
    expect(agent.iperf.asked).toEqual([{ shape: 'pairs', start: false }])
    const add = (body: object) => send('POST', `/v1/exercises/${id}/tests`, body)
    expect((await add({ source: 'a', destination: 'wire/r1:eth1' })).statusCode).toBe(201)
    const added = await add({ source_agent_id: 901, destination: 'b', params: { parallel: 2 } })
    expect(added.json()).toMatchObject({ source: 'probe-1', destination: 'b', params: { parallel: 2 } })
    expect((await add({ source: 901, destination: 77 })).statusCode).toBe(404)
    const wrong = await add({ source: 'a', source_agent_id: 901, params: { timeS: 0 } })
    expect(wrong.statusCode).toBe(400)
    expect(wrong.json().details.problems.map(({ path }: { path: string }) => path)).toEqual([
      'params.timeS',
      'source',
      'destination',
    ])
    expect((await send('POST', `/v1/exercises/${id}/start`)).json()).toMatchObject({ state: 'running', tests: 2 })
    expect((await add({ source: 'a', destination: 'b' })).json()).toMatchObject({ error: 'TEST_STATE' })
  })

  test('is stopped with what came of it, and forgotten once it does not run', async () => {
    expect((await send('DELETE', '/v1/exercises/2000')).statusCode).toBe(409)
    const stopped = await send('POST', '/v1/exercises/2000/stop')
    expect(stopped.json()).toMatchObject({ state: 'ended', states: { succeeded: 1, canceled: 7 } })
    expect((await send('POST', '/v1/exercises/2000/start')).json()).toMatchObject({ error: 'TEST_STATE' })
    expect((await send('DELETE', '/v1/exercises/2000')).statusCode).toBe(204)
    expect((await get('/v1/exercises/2000')).statusCode).toBe(404)
  })

  test.each([
    [{ shape: 'mesh', pairs: [['a', 'b']] }, 'pairs'],
    [{ shape: 'pairs', ends: ['a'] }, 'ends'],
    [{ ends: ['a'], pairs: [['a', 'b']] }, 'ends'],
    [{ ends: [''] }, 'ends.0'],
    [{ params: { protocol: 'sctp' } }, 'params.protocol'],
    [{ params: { parallel: 1.5 } }, 'params.parallel'],
    [{ start: true }, 'start'],
    [{ shapes: 'mesh' }, ''],
  ])('%j makes no sense', async (body, path) => {
    const refused = await send('POST', '/v1/exercises', body)
    expect([refused.statusCode, refused.json().details.problems[0].path]).toEqual([400, path])
    expect(agent.iperf.asked).toEqual([])
  })

  test('tells what the mesh cannot do now', async () => {
    agent.iperf.fail('create', new MeshError('NO_QUORUM', 'not now'))
    const response = await send('POST', '/v1/exercises', { ends: ['a', 'b'] })
    expect([response.statusCode, response.json().error]).toEqual([503, 'NO_QUORUM'])
  })

  test.each(['0', '-1', '1.5', '1e3', 'x', '9'.repeat(20)])('%s is no number of one', async (id) => {
    expect((await get(`/v1/exercises/${id}`)).statusCode).toBe(400)
  })
})

describe('results', () => {
  test('are a row for each test', async () => {
    const rows = (await get('/v1/exercises/1000/results')).json()
    expect(rows).toHaveLength(20)
    expect(rows[0]).toMatchObject({
      exercise: 1_000,
      source: 'a',
      destination: 'b',
      state: 'succeeded',
      receivedBps: 930e6,
      retransmits: 12,
      startedAt: '2026-11-19T12:00:05.000Z',
    })
    const failed = rows.find(({ state }: { state: string }) => state === 'failed')
    expect(failed).toMatchObject({ receivedBps: null, error: 'unable to connect to server' })
  })

  test('come in parts, and as a table', async () => {
    const part = await get('/v1/exercises/1000/results?limit=15')
    const rest = await get(`/v1/exercises/1000/results?limit=15&cursor=${part.headers['x-next-cursor']}`)
    expect([part.json().length, rest.json().length]).toEqual([15, 5])
    const table = await get('/v1/exercises/1000/results?format=csv')
    expect(table.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="exercise-1000.csv"',
    })
    expect(table.body.trim().split('\r\n')).toHaveLength(21)
    expect((await get('/v1/exercises/1000/results?format=xml')).statusCode).toBe(400)
  })

  test('of a pair are told over all exercises, newest first', async () => {
    const ids = async (query: string) =>
      (await get(`/v1/iperf/results?${query}`)).json().map(({ exercise }: { exercise: number }) => exercise)
    expect(await ids('source=a&destination=b')).toEqual([2_000, 1_000])
    expect(await ids('source=a&destination=b&limit=1')).toEqual([2_000])
    expect(await ids('source=b&destination=a')).toEqual([1_000])
    expect(await ids('source=nobody')).toEqual([])
  })

  test('are shown pair by pair, of one exercise and of all', async () => {
    expect((await get('/v1/exercises/1000/matrix')).json().cells).toHaveLength(20)
    expect((await get('/v1/iperf/matrix')).json().ends).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect((await get('/v1/exercises/7/matrix')).statusCode).toBe(404)
  })

  test('are there as they were printed, under their own exercise alone', async () => {
    const raw = await get('/v1/exercises/1000/tests/1001/raw')
    expect(raw.json()).toEqual([{ end: { sum_received: { bits_per_second: 930e6 } } }])
    expect((await get('/v1/exercises/2000/tests/1001/raw')).statusCode).toBe(404)
  })
})

describe('tasks', () => {
  test('are listed by exercise and state, and canceled', async () => {
    const running = (await get('/v1/tasks?exercise=2000&state=running')).json()
    expect(running.map(({ id, role }: { id: number; role: string }) => [id, role])).toEqual([
      [4_004, 'server'],
      [4_005, 'client'],
    ])
    expect((await send('POST', '/v1/tasks/4005/cancel')).json()).toMatchObject({ state: 'canceled' })
    expect((await get('/v1/tasks/4004')).json()).toMatchObject({ state: 'canceled', role: 'server' })
    expect((await send('POST', '/v1/tasks/4004/cancel')).json()).toMatchObject({ error: 'TEST_STATE' })
    expect((await get('/v1/tasks?state=gone')).statusCode).toBe(400)
    expect((await get('/v1/tasks/99')).statusCode).toBe(404)
  })

  test('hold NICs and ports while they run', async () => {
    const held = (await get('/v1/ports/reservations')).json()
    expect(held.map(({ type, of }: { type: string; of: string }) => `${type} ${of}`)).toEqual([
      'nic b',
      'nic a',
      'port a',
    ])
  })
})

test('schedules are made, changed, listed and removed', async () => {
  const put = (body: object) => send('PUT', '/v1/iperf/schedules/weekly', body)
  expect((await put({ cron: '0 4 * * 1' })).json()).toMatchObject({ name: 'weekly', ask: { shape: 'mesh' } })
  expect((await put({ cron: '0 5 * * 1', pairs: [['a', 'b']] })).json()).toMatchObject({ ask: { shape: 'pairs' } })
  expect((await put({ cron: 'now' })).statusCode).toBe(400)
  const names = (await get('/v1/iperf/schedules')).json().map(({ name }: { name: string }) => name)
  expect(names).toEqual(['nightly', 'uplink', 'weekly'])
  expect((await send('DELETE', '/v1/iperf/schedules/weekly')).statusCode).toBe(204)
  expect((await send('DELETE', '/v1/iperf/schedules/weekly')).statusCode).toBe(404)
})
