import { beforeEach, describe, expect, it } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { createApi } from './index.ts'

let agent: FakeAgent
let api: ReturnType<typeof createApi>
beforeEach(() => {
  agent = createFakeAgent()
  api = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', checksAnswers: true })
})

async function call(method: 'POST' | 'DELETE', url: string, payload?: object) {
  const response = await api.app.inject({ method, url, ...(payload === undefined ? {} : { payload }) })
  return { status: response.statusCode, body: response.json() }
}

describe('allocations', () => {
  it('are reserved for an owner, and freed', async () => {
    const made = await call('POST', '/v1/allocations', { pool: 'vni', owner: 'ops/a', count: 2, ttlMs: 60_000 })
    expect(made).toEqual({ status: 201, body: { pool: 'vni', owner: 'ops/a', values: [4097, 4098] } })
    expect(await call('DELETE', '/v1/allocations/ops%2Fa')).toEqual({ status: 200, body: { freed: 2 } })
    expect(await call('DELETE', '/v1/allocations/ops%2Fa')).toEqual({ status: 200, body: { freed: 0 } })
  })

  it('are one where no count is told, and ports of the host named', async () => {
    expect(await call('POST', '/v1/allocations', { pool: 'port', host: 'b', owner: 'x' })).toEqual({
      status: 201,
      body: { pool: 'port', host: 'b', owner: 'x', values: [4097] },
    })
  })

  it.each([
    [{}, ['pool', 'owner']],
    [{ pool: 'port', owner: 'x' }, ['host']],
    [{ pool: 'vni', owner: 'x', host: 'a' }, ['host']],
    [{ pool: 'mac', owner: '-x', count: 65, ttlMs: 0 }, ['pool', 'owner', 'count', 'ttlMs']],
    [{ pool: 'port', owner: 'x y', count: 1.5 }, ['owner', 'count', 'host']],
    [{ pool: 'vni', owner: 'x', ttl: '1h' }, ['']],
  ])('refuse %j with all that is wrong', async (body, paths) => {
    const { status, body: answer } = await call('POST', '/v1/allocations', body)
    expect({ status, error: answer.error }).toEqual({ status: 400, error: 'BAD_INPUT' })
    const told = answer.details.problems.map(({ path }: { path: string }) => path)
    expect(told).toEqual(paths)
  })

  it('pass on what the log says', async () => {
    agent.fail('reserve', new MeshError('POOL_EXHAUSTED', 'x needs 1 more of pool vni', { pool: 'vni' }))
    const refused = await call('POST', '/v1/allocations', { pool: 'vni', owner: 'x' })
    expect(refused).toMatchObject({ status: 507, body: { error: 'POOL_EXHAUSTED', details: { pool: 'vni' } } })
    agent.fail('free', new MeshError('NO_QUORUM', 'no majority', { missing: ['b'] }))
    expect(await call('DELETE', '/v1/allocations/x')).toMatchObject({ status: 503, body: { error: 'NO_QUORUM' } })
    expect(await call('DELETE', '/v1/allocations/-x')).toMatchObject({ status: 400, body: { error: 'BAD_INPUT' } })
  })
})
