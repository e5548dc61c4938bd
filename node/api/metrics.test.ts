import { describe, expect, it } from 'vitest'
import { createFakeAgent } from '#testing/fake-agent.ts'
import { createApi } from './index.ts'

const setup = (network?: Parameters<typeof createApi>[0]['network']) => {
  const agent = createFakeAgent()
  const where = network === undefined ? {} : { network }
  const { app } = createApi({ agent, socketPath: '/nowhere/skein.sock', version: '0.1.0', ...where })
  return { agent, get: (url: string) => app.inject({ method: 'GET', url }) }
}

describe('metrics', () => {
  it('are told in the format Prometheus reads', async () => {
    const { get } = setup()
    const { statusCode, headers, body } = await get('/metrics')
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(body).toContain('# TYPE skein_mesh_peer_up gauge\nskein_mesh_peer_up{peer="a"} 1\n')
  })

  it('count requests by their route, and those that meet none together', async () => {
    const { get } = setup()
    await get('/v1/labs/no-such-lab')
    await get('/v1/labs/another')
    await get('/no/such/route')
    const { body } = await get('/metrics')
    expect(body).toContain('skein_api_requests_total{method="GET",route="/v1/labs/:lab",status="4xx"} 2')
    expect(body).toContain('skein_api_requests_total{method="GET",route="none",status="4xx"} 1')
    expect(body).not.toContain('no-such')
  })
})

describe('where Prometheus finds all hosts', () => {
  const network = { address: '0.0.0.0', port: 8010, onTrouble: () => undefined }

  it('lists those that may answer, with their scheme and names', async () => {
    const { agent, get } = setup({ ...network, certificate: async () => undefined })
    const [a, b] = agent.hosts()
    if (a === undefined || b === undefined) throw new Error('the fake has two hosts')
    agent.hosts = () => [
      a,
      { ...b, addresses: ['2001:db8::2'] },
      { ...b, name: 'gone', state: 'left', addresses: ['192.0.2.9'] },
      { ...b, name: 'nowhere', addresses: [] },
    ]
    const { headers, body } = await get('/api/v1/sd')
    expect(headers['content-type']).toContain('application/json')
    expect(JSON.parse(body)).toEqual([
      {
        targets: ['192.0.2.1:8010'],
        labels: {
          __scheme__: 'https',
          __meta_skein_host_id: '12D3KooWA',
          __meta_skein_mesh: 'mesh1',
          __meta_skein_role: 'core',
          __meta_skein_state: 'alive',
          host: 'a',
        },
      },
      { targets: ['[2001:db8::2]:8010'], labels: expect.objectContaining({ host: 'b', __meta_skein_state: 'down' }) },
    ])
  })

  it('says http where there is no TLS, and nobody where there is no network', async () => {
    const plain = await setup(network).get('/api/v1/sd')
    expect(plain.json()).toMatchObject([{ labels: { __scheme__: 'http' } }])
    expect((await setup().get('/api/v1/sd')).json()).toEqual([])
  })
})
