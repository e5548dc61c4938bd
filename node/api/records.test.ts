import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { type Api, createApi } from './index.ts'

let agent: FakeAgent
let api: Api
beforeEach(() => {
  agent = createFakeAgent()
  api = createApi({ agent, socketPath: '/nowhere/s', version: '0.1.0' })
})
afterEach(() => api.stop())
const get = (url: string) => api.app.inject({ method: 'GET', url })

describe('records', () => {
  it('are told as they were signed, also where the key has a slash', async () => {
    const record = {
      ...{ kind: 'status' as const, key: '12D3KooWA/one', author: '12D3KooWA' as HostId, authorName: 'a' },
      ...{ fresh: [1, 2, 3] as const, version: [1], expiresAtMs: 0, body: { x: 1 }, signature: 's' },
    }
    agent.records.set('status/12D3KooWA/one', record)
    expect((await get('/v1/records/status/12D3KooWA/one')).json()).toEqual(record)
    expect((await get('/v1/records/intent/one')).json()).toMatchObject({ error: 'NOT_FOUND' })
  })

  it.each([
    '/v1/records/access/mesh',
    '/v1/records/logouts/a',
    '/v1/records/saves/one',
    '/v1/records/intent/%00',
    '/v1/records/intent/',
  ])('%s is refused', async (url) => expect((await get(url)).json()).toMatchObject({ error: 'BAD_INPUT' }))
})

describe('ways', () => {
  it('are told of every host, also of one that cannot be asked', async () => {
    expect((await get('/v1/ways')).json()).toMatchObject([
      { host: 'a', ways: [{ name: 'b', roundTripMs: 0.7 }, { name: 'c' }] },
      { host: 'b', ways: [], unreachable: 'b is down' },
    ])
  })
})
