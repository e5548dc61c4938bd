import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { type Api, createApi } from '../index.ts'

let agent: FakeAgent
let api: Api
beforeEach(() => {
  agent = createFakeAgent()
  api = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', checksAnswers: true })
})
afterEach(() => api.stop())

/** A tab and what it heard; messages are kept from the first moment. */
async function open() {
  await api.app.ready()
  const heard: Record<string, unknown>[] = []
  const socket = await api.app.injectWS(
    '/v1/live',
    {},
    {
      onInit: (made) => {
        made.on('message', (data) => heard.push(JSON.parse(String(data)) as Record<string, unknown>))
      },
    },
  )
  const until = async (type: string, count = 1): Promise<Record<string, unknown>> => {
    for (;;) {
      const found = heard.filter((message) => message.type === type)[count - 1]
      if (found !== undefined) return found
      await once(socket, 'message')
    }
  }
  return { socket, heard, until }
}

describe('GET /v1/live', () => {
  test('tells all, then changes, then the lab that is asked for', async () => {
    const { socket, until } = await open()
    expect(await until('snapshot')).toMatchObject({ seq: 0, view: { self: { name: 'a' }, hosts: [{}, {}] } })
    agent.leaderView = { ...agent.leaderView, term: 4 }
    expect(await until('patch')).toMatchObject({
      seq: 1,
      ops: expect.arrayContaining([{ op: 'replace', path: '/leader/term', value: 4 }]),
    })
    socket.send(JSON.stringify({ type: 'watch', lab: 'one' }))
    expect(await until('snapshot', 2)).toMatchObject({ view: { lab: null } })
    socket.terminate()
  })

  test.each([
    ['no JSON', '{'],
    ['another type', '{"type":"shout"}'],
    ['no lab', '{"type":"watch"}'],
    ['a name that is none', '{"type":"watch","lab":"../x"}'],
    ['something long', `{"type":"resync"${' '.repeat(2_000)}}`],
    ['bytes', Buffer.from('{"type":"resync"}')],
  ])('ends a tab that says %s', async (_what, message) => {
    const { socket, until } = await open()
    const closed = once(socket, 'close')
    socket.send(message, { binary: typeof message !== 'string' })
    expect(await until('error')).toMatchObject({ error: 'BAD_INPUT', hint: expect.any(String), details: {} })
    expect((await closed)[0]).toBe(1008)
  })

  test('says so where the agent cannot be looked at, and nothing of the inside', async () => {
    agent.fail('labViews', new TypeError('secret of the inside'))
    const { until } = await open()
    const told = await until('error')
    expect(told).toMatchObject({ error: 'INTERNAL' })
    expect(JSON.stringify(told)).not.toContain('secret')
  })

  test('without an upgrade is bad input', async () => {
    const response = await api.app.inject({ method: 'GET', url: '/v1/live' })
    expect(response.statusCode).toBe(400)
    expect(response.json()).toMatchObject({ error: 'BAD_INPUT', message: expect.stringContaining('WebSocket') })
  })

  test('an upgrade elsewhere opens nothing', async () => {
    await api.app.ready()
    await expect(api.app.injectWS('/v1/nothing')).rejects.toThrow('404')
  })
})
