import { beforeEach, describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { type Api, createApi } from './index.ts'

let agent: FakeAgent
let api: Api
beforeEach(() => {
  agent = createFakeAgent()
  api = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', checksAnswers: true })
})

const post = (key: string, payload: object, url = '/v1/tokens') =>
  api.app.inject({ method: 'POST', url, payload, headers: { 'idempotency-key': key } })

describe('Idempotency-Key', () => {
  test('makes a change once, and gives the same answer again', async () => {
    const first = await post('k1', { uses: 2 })
    const again = await post('k1', { uses: 2 })
    expect([first.statusCode, first.json().id]).toEqual([201, 't1'])
    expect([again.statusCode, again.body]).toEqual([201, first.body])
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([undefined, 'true'])
    expect(again.headers['content-type']).toBe(first.headers['content-type'])
    expect(agent.tokens()).toHaveLength(1)
  })

  test('makes it once for two at once', async () => {
    const both = await Promise.all([post('k1', {}), post('k1', {})])
    expect(both.map((response) => response.json().id)).toEqual(['t1', 't1'])
    expect(agent.tokens()).toHaveLength(1)
  })

  test('is refused with another request, and free for another key', async () => {
    await post('k1', {})
    expect((await post('k1', { uses: 3 })).json()).toMatchObject({ error: 'KEY_REUSED' })
    expect((await post('k1', {}, '/v1/labs/validate')).statusCode).toBe(409)
    expect((await post('k2', { uses: 3 })).statusCode).toBe(201)
  })

  test('keeps refusals that stay, and not failures that may pass', async () => {
    expect((await post('k1', { uses: 0 })).statusCode).toBe(400)
    expect((await post('k1', { uses: 0 })).headers['idempotent-replayed']).toBe('true')
    agent.fail('createToken', new MeshError('NO_QUORUM', 'not now'))
    expect((await post('k2', {})).statusCode).toBe(503)
    agent.fail('createToken', undefined)
    expect((await post('k2', {})).statusCode).toBe(201)
  })

  test('gives an empty answer again as well', async () => {
    await post('k1', {})
    const remove = () =>
      api.app.inject({ method: 'DELETE', url: '/v1/tokens/t1', headers: { 'idempotency-key': 'k9' } })
    expect((await remove()).statusCode).toBe(204)
    const again = await remove()
    expect([again.statusCode, again.body, again.headers['idempotent-replayed']]).toEqual([204, '', 'true'])
  })

  test.each(['', 'ü', 'x'.repeat(256)])('of %j is bad input', async (key) => {
    expect((await post(key, {})).json()).toMatchObject({ error: 'BAD_INPUT' })
    expect(agent.tokens()).toEqual([])
  })

  test('takes a body of any depth, and a long one, for what it is', async () => {
    const deep = (depth: number) => `{"uses":${'['.repeat(depth)}${']'.repeat(depth)}}`
    const send = (payload: string) =>
      api.app.inject({
        method: 'POST',
        url: '/v1/tokens',
        payload,
        headers: { 'idempotency-key': 'k1', 'content-type': 'application/json' },
      })
    expect((await send(deep(20_000))).json()).toMatchObject({ error: 'BAD_INPUT' })
    expect((await send(deep(90))).json()).toMatchObject({ error: 'BAD_INPUT' })
    expect((await send(deep(89))).json()).toMatchObject({ error: 'KEY_REUSED' })
  })
})
