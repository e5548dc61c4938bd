import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { type Api, createApi } from './index.ts'

const END = '/v1/labs/one/nodes/r1/interfaces/eth1'
let folder: string
let agent: FakeAgent
let api: Api
let socketPath: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-streams-'))
  socketPath = join(folder, 'skein.sock')
  agent = createFakeAgent()
  api = createApi({ agent, socketPath, version: '0.1.0' })
  await api.start()
})
afterEach(async () => {
  await api.stop()
  await rm(folder, { recursive: true, force: true })
})
const get = (url: string) => api.app.inject({ method: 'GET', url })

describe('streams', () => {
  it('give bytes as they come, and name the host they come from', async () => {
    const answer = await get(`${END}/capture?filter=icmp%20or%20arp&count=5&durationMs=1000`)
    expect([answer.statusCode, answer.body, answer.headers['x-skein-host']]).toEqual([200, 'onetwo', 'a'])
    expect(answer.headers['content-type']).toBe('application/vnd.tcpdump.pcap')
    const logs = await get('/v1/labs/one/nodes/r1/logs?follow=true&tail=3&sinceMs=60000')
    expect([logs.statusCode, logs.body]).toEqual([200, 'onetwo'])
    expect(agent.streamAsks).toEqual([
      { lab: 'one', node: 'r1', interface: 'eth1', filter: 'icmp or arp', count: 5, durationMs: 1000 },
      { lab: 'one', node: 'r1', follow: true, tail: 3, sinceMs: 60_000 },
    ])
  })

  it('answer what goes wrong before the first byte as ever', async () => {
    agent.fail('capture', new MeshError('BUSY', 'too many'))
    expect((await get(`${END}/capture`)).json()).toMatchObject({ error: 'BUSY', message: 'too many' })
  })

  it('end on the agent when the client hangs up', async () => {
    const ended = Promise.withResolvers<void>()
    agent.capture = async (_ask, signal) => ({
      host: 'a',
      bytes: (async function* () {
        yield Buffer.from('first')
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        ended.resolve()
      })(),
    })
    const asked = request({ socketPath, path: `${END}/capture`, agent: false }).on('error', () => {})
    asked.end()
    const [answer] = await once(asked, 'response')
    answer.on('error', () => {})
    expect(String((await once(answer, 'data'))[0])).toBe('first')
    asked.destroy()
    await ended.promise
  })

  it.each([
    `${END}/capture?count=0`,
    `${END}/capture?filter=${encodeURIComponent('icmp\n-w /etc/passwd')}`,
    `${END}/capture?durationMs=99999999999`,
    `${END}/capture?file=x`,
    '/v1/labs/one/nodes/r1/interfaces/eth1%20-w/capture',
    '/v1/labs/one/nodes/r1/logs?follow=maybe',
    '/v1/labs/one/nodes/..%2f/logs',
  ])('%s is refused', async (url) => {
    expect((await get(url)).json()).toMatchObject({ error: 'BAD_INPUT' })
    expect(agent.streamAsks).toEqual([])
  })
})

describe('impairments', () => {
  const post = (body: object) => api.app.inject({ method: 'POST', url: `${END}/impairment`, payload: body })

  it.each([
    [{}, 'nothing is asked for'],
    [{ oneEnd: true }, 'nothing is asked for'],
    [{ delayMs: -1 }, 'delayMs'],
    [{ lossPercent: 101 }, 'lossPercent'],
    [{ rateBps: 5 }, 'rateBps'],
    [{ down: true, up: true }, 'up'],
    [{ flap: { downMs: 10, upMs: 10 } }, 'downMs'],
    [{ delay: '10ms' }, 'delay'],
  ])('%j is refused', async (body, text) => {
    const answer = await post(body)
    expect(answer.json()).toMatchObject({ error: 'BAD_INPUT' })
    expect(answer.body).toContain(text)
  })

  it('all mistakes are told at once', async () => {
    const { details } = (await post({ delayMs: -1, lossPercent: 200, rateBps: 1 })).json()
    expect(details.problems).toHaveLength(3)
  })
})
