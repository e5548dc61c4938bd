import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { createMetrics, type Metrics } from '#metrics/index.ts'
import { systemClock } from '#platform/clock.ts'
import { addHeaders } from './access/headers.ts'
import { addAccess } from './access/hook.ts'
import { LoginLimiter } from './access/limiter.ts'
import { Outside } from './access/outside.ts'
import { checkApiVersion } from './api-version.ts'
import { MAX_SMALL_BYTES, readJson } from './body.ts'
import { answerBadUrl, handleErrors, noRoute } from './error-handler.ts'
import { groupId } from './group.ts'
import { createNetwork, type NetworkOptions } from './network.ts'
import { registerRoutes } from './routes.ts'
import { clearSocketPath, guardSocket } from './socket.ts'
import { servePages } from './static.ts'
import type { SupportDeps } from './support/files.ts'

export interface ApiDeps {
  readonly agent: AgentPort
  /** Absolute path of the unix socket. */
  readonly socketPath: string
  /** Who may use the socket besides root, where the host has such a group; `skein` unless told. */
  readonly group?: string
  /** The room's child of the root logger; silent without. */
  readonly log?: FastifyBaseLogger
  readonly version: string
  /** Where it is on the network; on the socket alone without. */
  readonly network?: NetworkOptions
  /** Folder of the built UI; no pages without. */
  readonly pages?: string
  /** False: people find no `/docs` here. */
  readonly docs?: boolean
  /** An answer that does not fit `/openapi.json` is an error: for tests. */
  readonly checksAnswers?: boolean
  /** Numbers of this host; of its own unless others count there too. */
  readonly metrics?: Metrics
  /** What a support bundle has besides what the agent tells. */
  readonly support?: SupportDeps
}

export interface Api {
  /** Listens. BAD_INPUT where another agent answers on the socket. */
  start(): Promise<void>
  /** Ends open requests, stops listening and removes the socket. */
  stop(): Promise<void>
  /** The port it listens on, on the network; undefined where it does not. */
  readonly port: number | undefined
  /** For `inject` in tests. */
  readonly app: FastifyInstance
}

/** The HTTP face of one agent, on a unix socket and on the network. */
export function createApi(deps: ApiDeps): Api {
  const { agent, socketPath, group = 'skein', log, version, network: where } = deps
  const options = {
    bodyLimit: MAX_SMALL_BYTES,
    forceCloseConnections: true,
    frameworkErrors: answerBadUrl,
    logController: new LogController({ disableRequestLogging: true }),
  }
  const app: FastifyInstance = log === undefined ? Fastify(options) : Fastify({ ...options, loggerInstance: log })
  readJson(app)
  handleErrors(app, version)
  const outside = new Outside()
  const network = where === undefined ? undefined : createNetwork(app, outside, where)
  const isSecure = network?.isSecure === true
  addHeaders(app)
  if (deps.pages !== undefined) servePages(app, deps.pages)
  checkApiVersion(app)
  addAccess(app, { access: agent.access, outside, isSecure, noRoute: noRoute(version) })
  const login = { limiter: new LoginLimiter(), isSecure, fingerprint: () => network?.fingerprint() ?? null }
  const { metrics = createMetrics(systemClock) } = deps
  const listener = () => (network === undefined ? undefined : { port: network.port, isSecure })
  const described = { version, checksAnswers: deps.checksAnswers === true, hasPage: deps.docs !== false }
  const { support = {} } = deps
  registerRoutes(app, { agent, version, login, measured: { metrics, listener }, support, described })
  return {
    app,
    get port() {
      return network?.port
    },
    async start() {
      const gid = await groupId(group)
      await clearSocketPath(socketPath, gid)
      await app.listen({ path: socketPath })
      await guardSocket(socketPath, gid)
      await network?.start()
    },
    stop: async () => {
      // Together: each waits for connections that the other ends.
      await Promise.all([network?.stop(), app.close()])
    },
  }
}
