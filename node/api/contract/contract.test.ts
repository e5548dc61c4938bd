import { beforeEach, describe, expect, test } from 'vitest'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { type Api, createApi } from '../index.ts'
import { CONTRACT } from './rows/index.ts'

interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
}
interface Described {
  readonly summary: string
  readonly tags: readonly string[]
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> }
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >
}

let agent: FakeAgent
let api: Api
beforeEach(() => {
  agent = createFakeAgent()
  api = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', checksAnswers: true })
})

const document = async (): Promise<OpenApi> => (await api.app.inject({ method: 'GET', url: '/openapi.json' })).json()

/** Routes that describe others, or files. */
const BESIDES = ['GET /openapi.json', 'GET /docs', 'GET /*']

describe('the contract', () => {
  test('has a row for every route, and no other', async () => {
    const routes: string[] = []
    api.app.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') routes.push(`${one} ${url}`)
    })
    await api.app.ready()
    expect(routes.filter((route) => !BESIDES.includes(route)).toSorted()).toEqual([...CONTRACT.keys()].toSorted())
  })

  test('is told as OpenAPI 3.1', async () => {
    const { openapi, paths } = await document()
    expect(openapi).toBe('3.1.0')
    const told = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    )
    const rows = [...CONTRACT.keys()].map((route) => route.replace('/v1/records/:kind/*', '/v1/records/:kind/:*'))
    expect(told.map((route) => route.replace('{*}', ':*')).toSorted()).toEqual(rows.toSorted())
  })

  test('says of each route what it takes, what it gives, and how it fails', async () => {
    const { paths } = await document()
    const submit = paths['/v1/labs']?.post
    expect(submit).toMatchObject({
      summary: expect.any(String),
      tags: ['labs'],
      requestBody: { content: { 'application/json': { schema: { required: ['topology'] } } } },
      responses: {
        202: { content: { 'application/json': { schema: { properties: { lab: { type: 'string' } } } } } },
        default: { content: { 'application/json': { schema: { required: ['error', 'message', 'hint', 'details'] } } } },
      },
    })
    expect(paths['/v1/labs']?.get?.parameters?.map(({ name }) => name)).toEqual(['limit', 'cursor'])
    expect(paths['/v1/labs/{lab}/nodes/{node}/interfaces/{interface}/capture']?.get?.responses[200]).toMatchObject({
      content: { 'application/vnd.tcpdump.pcap': {} },
    })
  })

  test('refuses answers that are not as it says', async () => {
    const hosts = agent.hosts()
    agent.hosts = () => hosts.map((host) => ({ ...host, secret: 1 }))
    const response = await api.app.inject({ method: 'GET', url: '/v1/hosts' })
    expect(response.statusCode).toBe(500)
  })

  test('does not come between people and an answer it does not know', async () => {
    const plain = createApi({ agent, socketPath: '/nowhere', version: '0.1.0' })
    const hosts = agent.hosts()
    agent.hosts = () => hosts.map((host) => ({ ...host, later: 1 }))
    const response = await plain.app.inject({ method: 'GET', url: '/v1/hosts' })
    expect([response.statusCode, response.json()[0].later]).toEqual([200, 1])
  })
})

describe('the page for people', () => {
  test('lists every operation without help of others, and escapes what it shows', async () => {
    const response = await api.app.inject({ method: 'GET', url: '/docs' })
    expect(response.headers['content-type']).toContain('text/html')
    for (const route of ['GET /v1/labs', 'POST /labs/{lab}/up']) expect(response.body).toContain(route)
    expect(response.body).not.toMatch(/<script|<style|style=|src=|https?:\/\/(?!json-schema)/)
  })

  test('can be switched off; programs still find what they need', async () => {
    const without = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', docs: false })
    expect((await without.app.inject({ method: 'GET', url: '/docs' })).statusCode).toBe(404)
    expect((await without.app.inject({ method: 'GET', url: '/openapi.json' })).statusCode).toBe(200)
  })
})
