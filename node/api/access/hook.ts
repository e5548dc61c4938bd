import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessPort } from '#agent/port.ts'
import { mayAs } from '#core/model/access.ts'
import { MeshError } from '#core/model/errors.ts'
import { onBehalfOf } from '#platform/on-behalf.ts'
import { LOCAL, secretOf, sessionCookie } from './actor.ts'
import { Audit } from './audit.ts'
import { LargeBodies } from './large-bodies.ts'
import { isForeign, isGuarded } from './origin.ts'
import type { Outside } from './outside.ts'
import { leastFor } from './table.ts'
import { Watch } from './watch.ts'

export interface AccessOptions {
  readonly access: AccessPort
  readonly outside: Outside
  /** Cookies go by HTTPS alone. */
  readonly isSecure: boolean
  /** Answers what is asked where nothing is registered. */
  readonly noRoute: (request: FastifyRequest, reply: FastifyReply) => FastifyReply
}

/** Finds out who asks, before anything else is done for them, and whether they may; tells the feed what was changed, and by whom. */
export function addAccess(app: FastifyInstance, options: AccessOptions): void {
  const watch = new Watch(options.access)
  const audit = new Audit(options)
  const large = new LargeBodies()
  app.decorateRequest('actor', null)
  app.decorateRequest('credential', null)
  app.decorateRequest('secret', '')
  app.addHook('onRequest', async (request, reply) => {
    if (!options.outside.has(request.raw)) request.actor = LOCAL
    // That there is nothing is no secret; what a stranger sends there is not read.
    else if (request.routeOptions.url === undefined) return options.noRoute(request, reply)
    else admit(request, reply, options)
    if (request.credential !== null) {
      large.begin(request, reply)
      watch.begin(request)
    }
    audit.begin(request, reply)
    return undefined
  })
  // Not before: bodies are read by events, which know nothing of who asked.
  app.addHook('preHandler', (request, _reply, done) => {
    if (request.actor === null) done()
    else onBehalfOf(`${request.actor.name} (${request.actor.type})`, done)
  })
  // Not when it was sent: whoever hangs up before that would leave no trace.
  app.addHook('onSend', async (request, reply) => audit.tell(request, reply))
  app.addHook('onResponse', async (request) => {
    if (request.credential !== null) watch.end(request)
  })
}

function admit(request: FastifyRequest, reply: FastifyReply, { access, isSecure }: AccessOptions): void {
  const { method, headers, routeOptions } = request
  if (isGuarded(method, headers) && isForeign(headers))
    throw new MeshError(
      'ORIGIN_REFUSED',
      `this request comes from a page of another site: ${headers.origin ?? 'unnamed'}`,
    )
  request.secret = secretOf(request)
  request.credential = request.secret === '' ? null : (access.authenticate(request.secret) ?? null)
  request.actor = request.credential?.actor ?? null
  const least = leastFor(method, routeOptions.url ?? '')
  if (least === 'open') return
  if (request.actor === null) throw unknown(request.secret)
  if (!mayAs(request.actor.role, least)) {
    const { name, role } = request.actor
    throw new MeshError('FORBIDDEN', `${name} is ${role}; this takes the role ${least}`, { role, needs: least })
  }
  const { renewed } = request.credential ?? {}
  if (renewed !== undefined && headers.authorization === undefined)
    void reply.header('set-cookie', sessionCookie(renewed, isSecure))
}

const unknown = (secret: string): MeshError =>
  new MeshError(
    'LOGIN_NEEDED',
    secret === '' ? 'nobody is logged in here' : 'this session or API token is over, or is none',
  )
