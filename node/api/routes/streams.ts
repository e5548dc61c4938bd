import { once } from 'node:events'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AgentPort, ByteStream, CaptureAsk, LogsAsk } from '#agent/port.ts'
import { decode } from '../decode.ts'
import { labNodeParams } from '../schemas.ts'
import { interfaceParams } from './links.ts'

const DAY_MS = 86_400_000
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max).optional()

/** Query of GET …/capture. `filter` as of pcap-filter(7); ends after `count` packets or `durationMs`, an hour unless told. */
export const captureQuery = z.strictObject({
  filter: z
    .string()
    .regex(/^[\x20-\x7e]{0,1000}$/, 'not a filter: at most 1000 printable ASCII characters')
    .optional(),
  count: whole(1, 1_000_000_000),
  durationMs: whole(100, DAY_MS),
  snapBytes: whole(16, 262_144),
})

/** Query of GET …/logs. `sinceMs`: no older than this. */
export const logsQuery = z.strictObject({
  follow: z.enum(['true', 'false']).default('false'),
  tail: whole(0, 1_000_000),
  sinceMs: whole(1, 365 * DAY_MS),
})

/** HEAD would be answered by all of it. */
const ENDLESS = { exposeHeadRoute: false } as const

/** Answers that go on: frames of an interface as a pcap file, and what a node prints. */
export function streamRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/labs/:lab/nodes/:node/interfaces/:interface/capture', ENDLESS, (request, reply) => {
    const end = decode(interfaceParams, request.params, 'path')
    const { filter, ...rest } = decode(captureQuery, request.query, 'query')
    const ask = told<CaptureAsk>({ ...end, ...rest, ...(filter === '' ? {} : { filter }) })
    return send({ request, reply, type: 'application/vnd.tcpdump.pcap' }, (signal) => agent.capture(ask, signal))
  })
  app.get('/v1/labs/:lab/nodes/:node/logs', ENDLESS, (request, reply) => {
    const node = decode(labNodeParams, request.params, 'path')
    const { follow, ...rest } = decode(logsQuery, request.query, 'query')
    const ask = told<LogsAsk>({ ...node, ...rest, follow: follow === 'true' })
    return send({ request, reply, type: 'application/x-ndjson' }, (signal) => agent.logs(ask, signal))
  })
}

const told = <T>(values: object): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly type: string
}

/** Until the first bytes are there, what goes wrong is answered as ever; later the answer is broken off. Whoever hangs up ends it all. */
async function send(
  { request, reply, type }: Exchange,
  open: (signal: AbortSignal) => Promise<ByteStream>,
): Promise<FastifyReply> {
  const { raw } = reply
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  const { host, bytes } = await open(gone.signal)
  const pieces = bytes[Symbol.asyncIterator]()
  const first = await pieces.next()
  reply.hijack()
  raw.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', 'x-skein-host': host })
  try {
    for (let piece = first; piece.done !== true && !gone.signal.aborted; piece = await pieces.next())
      if (!raw.write(piece.value)) await once(raw, 'drain', { signal: gone.signal })
    raw.end()
  } catch (error) {
    if (!gone.signal.aborted) request.log.warn({ err: error }, 'a stream broke off')
    raw.destroy()
  } finally {
    gone.abort()
    await pieces.return?.()
  }
  return reply
}
