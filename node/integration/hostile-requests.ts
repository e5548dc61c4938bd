import { readFileSync } from 'node:fs'
import { METHODS } from 'node:http'
import { Agent, request } from 'node:https'
import fc from 'fast-check'
import { anything, type JsonSchema, strangeHeaders, urlPart, valuesOf } from '#testing/hostile-values.ts'

/** Who asks at once. */
const AT_ONCE = 12
/** What goes on for ever was asked for; how it begins is all that matters here. */
const ENOUGH_MS = 300
const MAX_TEXT = 1024 * 1024

/** The parts of an OpenAPI document that say what a route takes. */
interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: JsonSchema }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }
}
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** A request; its body is sent as it is. */
export interface Ask {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}
export interface Said {
  /** A code of Node.js where there was no answer. */
  readonly status: number | string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
}

/** Requests to one host, by connections that stay. */
export class Caller {
  readonly #url: URL
  readonly #agent: Agent

  constructor(url: string, ca: string) {
    this.#url = new URL(url)
    this.#agent = new Agent({ ca: readFileSync(ca), keepAlive: true, maxSockets: AT_ONCE + 4 })
  }

  /** Never rejects. */
  send({ method, path, headers, body }: Ask): Promise<Said> {
    return new Promise((resolve) => {
      const fail = (error: NodeJS.ErrnoException): void =>
        resolve({ status: error.code ?? error.message, headers: {}, text: '' })
      try {
        const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
        const { hostname: host, port } = this.#url
        const options = { agent: this.#agent, host, port, method, path, headers: { ...headers, ...length } }
        const asked = request(options, (response) => {
          let text = ''
          response.setEncoding('latin1').on('data', (piece: string) => {
            if (text.length < MAX_TEXT) text += piece
          })
          response.on('error', () => {})
          response.once('close', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
          if (/ndjson|pcap/.test(response.headers['content-type'] ?? ''))
            setTimeout(() => response.destroy(), ENOUGH_MS)
        })
        asked.on('connect', (response, socket) => {
          socket.destroy()
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: '' })
        })
        asked.on('error', fail)
        asked.end(body)
      } catch (error) {
        fail(error as NodeJS.ErrnoException)
      }
    })
  }

  /** JSON with a bearer token; rejects where it is not well. */
  async json<T>(token: string, method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const said = await this.send({
      ...{ method, path, headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (said.status !== 200 && said.status !== 201) throw new Error(`${method} ${path}: ${said.status} ${said.text}`)
    return JSON.parse(said.text)
  }

  /** Asks all of it, some at once; `hear` is told what came of each. */
  async all(asks: readonly Ask[], hear: (ask: Ask, said: Said) => void): Promise<void> {
    const left = asks.values()
    const work = async (): Promise<void> => {
      for (const ask of left) hear(ask, await this.send(ask))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }
}

/** So many requests that nearly fit what the document says; the same ones for the same seed. `tokens`: each asks a part of them, '' asks as a stranger. */
export function nearlyFittingAsks(document: OpenApi, tokens: readonly string[], count: number, seed: number): Ask[] {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const asks = fc
    .constantFrom(...operations)
    .chain(({ path, method, operation }) =>
      fc
        .record({ path: targetOf(path, operation), body: bodyOf(operation), more: strangeHeaders })
        .chain(({ more, ...rest }) =>
          fc
            .constantFrom(...tokens)
            .map((token) => ({ method, ...rest, headers: { ...typeOf(rest.body), ...bearer(token), ...more } })),
        ),
    )
  return fc.sample(asks, { numRuns: count, seed })
}

/** Every method that there is on every path of the document. */
export function everyMethod(document: OpenApi, token: string): Ask[] {
  return Object.keys(document.paths).flatMap((path) =>
    METHODS.map((method) => ({ method, path: path.replaceAll(/[{}*]/g, 'x'), headers: bearer(token) })),
  )
}

const bearer = (token: string): Record<string, string> => (token === '' ? {} : { authorization: `Bearer ${token}` })
const typeOf = (body: string | undefined): Record<string, string> =>
  body === undefined ? {} : { 'content-type': 'application/json' }

function targetOf(path: string, { parameters = [] }: Operation): fc.Arbitrary<string> {
  const holes = path.match(/\{[^}]*\}/g) ?? []
  const query = fc.record(
    Object.fromEntries(parameters.filter((one) => one.in === 'query').map(({ name }) => [name, urlPart])),
    { requiredKeys: [] },
  )
  return fc
    .tuple(fc.array(urlPart, { minLength: holes.length, maxLength: holes.length }), query)
    .map(([parts, asked]) => {
      const left = parts.values()
      const pairs = Object.entries(asked).map(([key, value]) => `${key}=${value}`)
      return `${path.replaceAll(/\{[^}]*\}/g, () => left.next().value ?? '')}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`
    })
}

const BROKEN = [
  '',
  '{',
  '[',
  'null',
  '"',
  '{"a":',
  'a=b&c',
  '\u0000',
  '{"__proto__":{"role":"admin"}}',
  '['.repeat(5_000),
]

function bodyOf({ requestBody }: Operation): fc.Arbitrary<string | undefined> {
  if (requestBody === undefined) return fc.constant(undefined)
  const schema = Object.values(requestBody.content)[0]?.schema ?? {}
  const values = fc.oneof({ weight: 12, arbitrary: valuesOf(schema) }, { weight: 1, arbitrary: anything })
  return fc.oneof(
    { weight: 9, arbitrary: values.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.constantFrom(...BROKEN) },
  )
}
