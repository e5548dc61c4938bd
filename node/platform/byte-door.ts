import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Client } from 'undici'
import { MeshError } from '#core/model/errors.ts'

/** A port of one address at which bytes are handed out, over HTTP/1.1. */
export interface ByteDoor {
  readonly port: number
  close(): Promise<void>
}

export interface ByteDoorOptions {
  readonly address: string
  readonly port: number
  /** Whether anything is said to a caller at this address; others are cut off at once. */
  mayCall(address: string): boolean
  /** What there is for a ticket, to a caller at this address; undefined where that ticket is none. */
  give(ticket: string, address: string, signal: AbortSignal): AsyncIterable<Uint8Array> | undefined
}

/** More at once are turned away. */
const MAX_CONNECTIONS = 64
/** A caller asks at once, and reads on. */
const ASK_MS = 5_000
const STALL_MS = 60_000
const SCHEME = 'Bearer '

/** Opens a door. Rejects with the error of bind(2). */
export async function openByteDoor(options: ByteDoorOptions): Promise<ByteDoor> {
  const { address, port, mayCall } = options
  const limits = { headersTimeout: ASK_MS, requestTimeout: ASK_MS, maxHeaderSize: 4_096, highWaterMark: 1024 * 1024 }
  const server = createServer({ ...limits, connectionsCheckingInterval: ASK_MS }, (ask, answer) => {
    void answerCaller(options, ask, answer)
  })
  server.maxConnections = MAX_CONNECTIONS
  server.on('connection', (socket) => {
    if (!mayCall(socket.remoteAddress ?? '')) socket.destroy()
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ host: address, port, exclusive: true }, resolve)
  await promise
  server.off('error', reject)
  // A connection that could not be taken in: its caller finds nobody, says so and goes another way.
  server.on('error', () => undefined)
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : port,
    close: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(() => done()))
    },
  }
}

/** Never rejects: who hangs up is not waited for. */
async function answerCaller({ give }: ByteDoorOptions, ask: IncomingMessage, answer: ServerResponse): Promise<void> {
  const gone = new AbortController()
  answer.on('close', () => gone.abort(new Error('the caller hung up')))
  answer.on('error', () => undefined)
  const { authorization = '' } = ask.headers
  const ticket = authorization.startsWith(SCHEME) ? authorization.slice(SCHEME.length) : ''
  const bytes = ask.method === 'GET' ? give(ticket, ask.socket.remoteAddress ?? '', gone.signal) : undefined
  const refuse = (status: number, why: string): unknown => answer.writeHead(status, { connection: 'close' }).end(why)
  if (bytes === undefined) return void refuse(404, 'there is nothing for this ticket')
  const reader = bytes[Symbol.asyncIterator]()
  try {
    const first = await reader.next()
    answer.writeHead(200, { 'content-type': 'application/octet-stream', connection: 'close' })
    answer.setTimeout(STALL_MS, () => answer.destroy())
    await pipeline(Readable.from(all(first, reader), { objectMode: false }), answer)
  } catch (error) {
    if (answer.headersSent) return void answer.destroy()
    const isBusy = error instanceof MeshError && error.code === 'BUSY'
    refuse(isBusy ? 503 : 500, error instanceof Error ? error.message : String(error))
  } finally {
    await reader.return?.()
  }
}

async function* all(
  first: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  for (let next = first; next.done !== true; next = await rest.next()) yield next.value
}

export interface ByteCall {
  /** Whom to call, and from which own address. */
  readonly address: string
  readonly port: number
  readonly localAddress: string
  readonly ticket: string
}

/** So long may it take until the other end is there; it answers when it has what is asked for. */
const CONNECT_MS = 3_000
const SILENCE_MS = 10_000
/** An idle connection is asked for life so soon, then each second, ten times (libuv). */
const ALIVE_MS = 5_000
const MAX_REFUSAL = 500

/** Reads what a door gives for a ticket. Throws BUSY where it can give no more now, else UNREACHABLE with the reason. */
export async function* callByteDoor(call: ByteCall, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const { address, port, localAddress, ticket } = call
  const connect = { timeout: CONNECT_MS, keepAlive: true, keepAliveInitialDelay: ALIVE_MS }
  const timeouts = { headersTimeout: 0, bodyTimeout: SILENCE_MS }
  const client = new Client(`http://${address}:${port}`, { connect, localAddress, ...timeouts })
  try {
    const headers = { authorization: `${SCHEME}${ticket}` }
    const { statusCode, body } = await client.request({ method: 'GET', path: '/', headers, signal })
    if (statusCode !== 200)
      throw new MeshError(statusCode === 503 ? 'BUSY' : 'UNREACHABLE', (await body.text()).slice(0, MAX_REFUSAL))
    for await (const chunk of body) yield chunk as Uint8Array
  } catch (error) {
    if (error instanceof MeshError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new MeshError('UNREACHABLE', `${address}:${port} does not give bytes: ${why}`, {}, error)
  } finally {
    await client.destroy()
  }
}
