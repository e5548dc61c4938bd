import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { MeshError } from '#core/model/errors.ts'
import type { Clock } from '#platform/clock.ts'
import { isMachinePath, machineOwner } from './access/machine.ts'
import { type Kept, KeptAnswers } from './kept-answers.ts'

/** As of draft-ietf-httpapi-idempotency-key-header; UUIDs are usual. */
const KEY = /^[\x21-\x7e]{1,255}$/

const prints = new WeakMap<FastifyRequest, string>()
const slots = new WeakMap<FastifyRequest, (answer: Kept | undefined) => void>()

/**
 * A change that is asked for again with the same `Idempotency-Key` is not made again: the first answer is given, marked by a header. KEY_REUSED
 * where the key came with another request. Kept in memory by the host that took it: some answers hold secrets.
 */
export function addIdempotency(app: FastifyInstance, clock: Clock): void {
  const answers = new KeptAnswers(clock)
  app.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request)
    if (key === undefined) return undefined
    const first = answers.begin(ownerOf(request), key, printOf(request))
    if (first.type === 'new') slots.set(request, first.settle)
    else if (first.type === 'other')
      throw new MeshError('KEY_REUSED', 'this Idempotency-Key came with another request before')
    else {
      const answer = await first.answer
      // The first one failed in a way that another try may mend.
      if (answer === undefined) throw new MeshError('BUSY', 'the first request with this Idempotency-Key just failed')
      return replay(reply, answer)
    }
    return undefined
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const settle = slots.get(request)
    if (settle === undefined) return payload
    slots.delete(request)
    const isText = payload === null || payload === undefined || typeof payload === 'string'
    settle(isText && mayKeep(request, reply.statusCode) ? keptOf(reply, payload ?? '') : undefined)
    return payload
  })
}

/** What another try may mend, or another login, is not an answer for a day. */
const isFinal = (status: number): boolean => status < 500 && ![401, 403, 408, 425, 429].includes(status)

/** Whether a machine showed the right key is known where it is carried out: other answers to it are kept for nobody. */
const mayKeep = ({ routeOptions }: FastifyRequest, status: number): boolean =>
  isMachinePath(routeOptions.url) ? status < 300 || status === 409 : isFinal(status)

function keyOf({ method, headers, actor, url, routeOptions }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key']
  // A login is answered with a cookie of its own each time.
  if (url.startsWith('/auth/')) return undefined
  const isKnown = actor !== null || isMachinePath(routeOptions.url)
  if (key === undefined || !isKnown || method === 'GET' || method === 'HEAD') return undefined
  if (typeof key === 'string' && KEY.test(key)) return key
  throw new MeshError('BAD_INPUT', 'the header Idempotency-Key must have 1 to 255 printable ASCII characters')
}

/** Who has a secret may see an answer again; nobody who has only the same name. */
const ownerOf = ({ credential, headers, routeOptions }: FastifyRequest): string =>
  isMachinePath(routeOptions.url) ? machineOwner(headers) : (credential?.owner ?? 'local')

/** Notes a body as it came: taken apart it may be of any depth. */
export function notePrint(request: FastifyRequest, body: string): void {
  if (request.headers['idempotency-key'] !== undefined) prints.set(request, hashOf(body))
}

/** The whole request, short. */
function printOf(request: FastifyRequest): string {
  const { method, url, body } = request
  return hashOf(`${method} ${url} ${prints.get(request) ?? (typeof body === 'string' ? hashOf(body) : '')}`)
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64')

const keptOf = (reply: FastifyReply, text: string): Kept => ({
  status: reply.statusCode,
  type: String(reply.getHeader('content-type') ?? ''),
  text,
})

function replay(reply: FastifyReply, { status, type, text }: Kept): FastifyReply {
  void reply.code(status).header('idempotent-replayed', 'true')
  if (type !== '') void reply.header('content-type', type)
  return text === '' ? reply.send() : reply.serializer(String).send(text)
}
