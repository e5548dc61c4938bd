import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { answerBadUrl, handleErrors } from './error-handler.ts'
import { groupId } from './group.ts'
import { allocationRoutes } from './routes/allocations.ts'
import { hostRoutes } from './routes/hosts.ts'
import { labRoutes } from './routes/labs.ts'
import { meshRoutes } from './routes/mesh.ts'
import { quorumRoutes } from './routes/quorum.ts'
import { MAX_BODY_BYTES } from './schemas.ts'
import { clearSocketPath, guardSocket } from './socket.ts'

export interface ApiDeps {
  readonly agent: AgentPort
  /** Absolute path of the unix socket. */
  readonly socketPath: string
  /** Who may use the socket besides root, where the host has such a group; `skein` unless told. */
  readonly group?: string
  /** The room's child of the root logger; silent without. */
  readonly log?: FastifyBaseLogger
  readonly version: string
}

export interface Api {
  /** Listens. BAD_INPUT where another agent answers on the socket. */
  start(): Promise<void>
  /** Ends open requests, stops listening and removes the socket. */
  stop(): Promise<void>
  /** For `inject` in tests. */
  readonly app: FastifyInstance
}

/** The HTTP face of one agent, on a unix socket. */
export function createApi({ agent, socketPath, group = 'skein', log, version }: ApiDeps): Api {
  const options = {
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    frameworkErrors: answerBadUrl,
    logController: new LogController({ disableRequestLogging: true }),
  }
  const app: FastifyInstance = log === undefined ? Fastify(options) : Fastify({ ...options, loggerInstance: log })
  acceptEmptyJson(app)
  handleErrors(app, version)
  meshRoutes(app, agent, version)
  hostRoutes(app, agent)
  allocationRoutes(app, agent)
  quorumRoutes(app, agent)
  labRoutes(app, agent)
  return {
    app,
    async start() {
      const gid = await groupId(group)
      await clearSocketPath(socketPath, gid)
      await app.listen({ path: socketPath })
      await guardSocket(socketPath, gid)
    },
    stop: () => app.close(),
  }
}

/** An empty body with a JSON content type counts as no body, as clients send it with DELETE. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else void parse(request, body.toString(), done)
  })
}
