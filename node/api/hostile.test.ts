import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { pendingView, upView } from '#testing/fake-agent-views.ts'
import { anything, nearlyFitting, strangeHeaders, urlPart } from '#testing/hostile-values.ts'
import { labSample } from '#testing/lab-samples.ts'
import { CONTRACT } from './contract/rows/index.ts'
import { errorBody } from './contract/shapes/common.ts'
import { type Api, createApi } from './index.ts'

/** Of each sort; a long run asks for more. */
const INPUTS = Number(process.env.HOSTILE_INPUTS ?? 1_500)
const LONG_MS = 30_000 + INPUTS * 20

let agent: FakeAgent
let api: Api
beforeEach(() => {
  agent = createFakeAgent()
  agent.views.set('one', upView(pendingView(labSample({ name: 'one', nodes: { r1: {} }, links: [] }), 1)))
  api = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', checksAnswers: true })
})
afterEach(() => api.stop())

interface Ask {
  readonly method: string
  readonly url: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

/** It never ends, and reads its query as `GET /v1/events` does. */
const ENDLESS = 'GET /v1/events/follow'

/** What routes for attached machines look at first. */
const machine: fc.Arbitrary<Readonly<Record<string, string>>> = fc.constantFrom<Readonly<Record<string, string>>>(
  { 'x-agent-name': 'probe-1', 'x-agent-key': 'key-of-probe-1', 'x-api-version': '1' },
  { 'x-agent-name': 'nobody', 'x-agent-key': 'k', 'x-api-version': '1' },
  { 'x-agent-name': '__proto__', 'x-agent-key': 'key-of-probe-1', 'x-api-version': '1' },
  { 'x-agent-name': 'probe-1', 'x-api-version': '1, 1' },
)

/** Requests that nearly fit what each route takes. */
const nearly: fc.Arbitrary<Ask> = fc
  .constantFrom(...[...CONTRACT].filter(([route]) => route !== ENDLESS))
  .chain(([route, row]) => {
    const [method = 'GET', path = '/'] = route.split(' ')
    const holes = path.split('/').filter((part) => part.startsWith(':') || part === '*').length
    const query = fc.dictionary(
      fc.constantFrom('limit', 'cursor', 'force', 'tail', 'save', 'from', 'format', 'state', 'x'),
      urlPart,
      {
        maxKeys: 3,
      },
    )
    const headers = path.startsWith('/v1/agent/')
      ? fc.tuple(machine, strangeHeaders).map(([one, other]) => ({ ...one, ...other }))
      : strangeHeaders
    return fc.record({
      method: fc.constant(method),
      url: fc.tuple(fc.array(urlPart, { minLength: holes, maxLength: holes }), query).map(([parts, asked]) => {
        const left = [...parts]
        const filled = path.split('/').map((part) => (part.startsWith(':') || part === '*' ? left.shift() : part))
        const pairs = Object.entries(asked).map(([key, value]) => `${key}=${value}`)
        return `${filled.join('/')}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`
      }),
      body: row.body === undefined ? fc.constant(undefined) : nearlyFitting(row.body),
      headers,
    })
  })

/** Requests that fit nothing. */
const strange: fc.Arbitrary<Ask> = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
  url: fc
    .array(fc.oneof(urlPart, fc.constantFrom('v1', 'labs', 'one', 'nodes', 'hosts', 'live', 'agent', 'exercises')), {
      maxLength: 6,
    })
    .map((parts) => `/${parts.join('/')}`),
  body: fc.oneof(fc.constant(undefined), anything, fc.string({ unit: 'binary' })),
  headers: strangeHeaders,
})

async function send({ method, url, body, headers: more }: Ask): Promise<void> {
  const isText = typeof body === 'string'
  const type = isText ? { 'content-type': 'application/json' } : {}
  const response = await api.app.inject({
    method: method as 'GET',
    url,
    headers: { ...type, ...more },
    ...(body === undefined || method === 'GET' || method === 'HEAD' ? {} : { payload: payloadOf(body) }),
  })
  const { statusCode } = response
  expect({ statusCode, said: response.body.slice(0, 500) }).not.toMatchObject({ statusCode: 500 })
  if (statusCode >= 400 && response.body !== '') expect(errorBody.safeParse(response.json()).success).toBe(true)
}

const payloadOf = (body: unknown): string | object =>
  typeof body === 'string' ? body : typeof body === 'object' && body !== null ? body : JSON.stringify(body)

describe('hostile requests', () => {
  test.each([
    ['that nearly fit', nearly],
    ['that fit nothing', strange],
  ])('%s are answered, never with 500, always in the one shape', { timeout: LONG_MS }, async (_what, asks) => {
    await fc.assert(fc.asyncProperty(asks, send), { numRuns: INPUTS })
    expect((await api.app.inject({ method: 'GET', url: '/healthz' })).statusCode).toBe(200)
  })

  test('in a WebSocket end it with a reason, and nothing else', { timeout: LONG_MS }, async () => {
    await api.app.ready()
    const messages = fc.oneof(
      anything.map((one) => JSON.stringify(one)),
      fc.string({ unit: 'binary', maxLength: 3_000 }),
    )
    await fc.assert(
      fc.asyncProperty(messages, fc.boolean(), async (message, isBinary) => {
        const socket = await api.app.injectWS('/v1/live')
        const closed = new Promise<number>((resolve) => socket.on('close', resolve))
        socket.send(isBinary ? Buffer.from(message) : message, { binary: isBinary })
        expect(await closed).toBe(1008)
      }),
      { numRuns: Math.ceil(INPUTS / 10) },
    )
    expect((await api.app.inject({ method: 'GET', url: '/healthz' })).statusCode).toBe(200)
  })
})
