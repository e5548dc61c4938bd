import { describe, expect, it } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { createFakeAgent } from '#testing/fake-agent.ts'
import { createApi } from './index.ts'

const setup = () => {
  const agent = createFakeAgent()
  const { app } = createApi({ agent, socketPath: '/nowhere/skein.sock', version: '0.1.0' })
  const recover = async (payload: object) => {
    const response = await app.inject({ method: 'POST', url: '/v1/quorum/recover', payload })
    return { status: response.statusCode, body: response.json() }
  }
  return { agent, app, recover }
}

describe('the quorum', () => {
  it('is told', async () => {
    const { agent, app } = setup()
    const response = await app.inject({ method: 'GET', url: '/v1/quorum' })
    expect([response.statusCode, response.json()]).toEqual([200, agent.quorumView])
  })

  it('is recovered where the name of the host is given; by force only where asked', async () => {
    const { agent, recover } = setup()
    expect(await recover({ confirm: 'a' })).toMatchObject({ status: 200, body: { epoch: 2, formerEpoch: 1 } })
    await recover({ confirm: 'a', force: true })
    expect(agent.recoveries).toEqual([
      { confirm: 'a', force: false },
      { confirm: 'a', force: true },
    ])
  })

  it.each([[{}], [{ confirm: 'No Name' }], [{ confirm: 'a', force: 'yes' }], [{ confirm: 'a', more: 1 }]])(
    'is not touched by a request like %j',
    async (payload) => {
      const { agent, recover } = setup()
      expect(await recover(payload)).toMatchObject({ status: 400, body: { error: 'BAD_INPUT' } })
      expect(agent.recoveries).toEqual([])
    },
  )

  it('is left alone while it stands', async () => {
    const { agent, recover } = setup()
    agent.fail('recoverQuorum', new MeshError('QUORUM_STANDS', 'b leads', { force: false }))
    expect(await recover({ confirm: 'a' })).toMatchObject({ status: 409, body: { error: 'QUORUM_STANDS' } })
  })
})
