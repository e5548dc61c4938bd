import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { systemClock } from '#platform/clock.ts'
import { classicRoutes } from './classic/routes.ts'
import { type DescribeOptions, describeRoutes } from './contract/describe.ts'
import { addIdempotency } from './idempotency.ts'
import { liveRoutes } from './live/routes.ts'
import { addPages } from './pages.ts'
import { accessRoutes } from './routes/access.ts'
import { machineRoutes } from './routes/agent.ts'
import { allocationRoutes } from './routes/allocations.ts'
import { attachedRoutes } from './routes/attached.ts'
import { consoleRoutes } from './routes/console.ts'
import { docsRoutes } from './routes/docs.ts'
import { eventRoutes } from './routes/events.ts'
import { exerciseRoutes } from './routes/exercises.ts'
import { hostRoutes } from './routes/hosts.ts'
import { imageRoutes } from './routes/images.ts'
import { labRoutes } from './routes/labs.ts'
import { linkRoutes } from './routes/links.ts'
import type { LoginDeps } from './routes/login.ts'
import { loginRoutes } from './routes/login.ts'
import { meshRoutes } from './routes/mesh.ts'
import { type MetricsDeps, measureRequests, metricsRoutes } from './routes/metrics.ts'
import { nameRoutes } from './routes/names.ts'
import { pathRoutes } from './routes/paths.ts'
import { quorumRoutes } from './routes/quorum.ts'
import { recordRoutes } from './routes/records.ts'
import { revisionRoutes } from './routes/revisions.ts'
import { saveRoutes } from './routes/saves.ts'
import { scheduleRoutes } from './routes/schedules.ts'
import { snapshotRoutes } from './routes/snapshots.ts'
import { streamRoutes } from './routes/streams.ts'
import { supportRoutes } from './routes/support.ts'
import { taskRoutes } from './routes/tasks.ts'
import type { SupportDeps } from './support/files.ts'

/** What routes are made of. */
export interface RouteDeps {
  readonly agent: AgentPort
  readonly version: string
  /** How people log in. */
  readonly login: Omit<LoginDeps, 'agent' | 'version'>
  readonly measured: Omit<MetricsDeps, 'agent'>
  readonly support: SupportDeps
  /** `hasPage`: people can read it at `/docs`. */
  readonly described: DescribeOptions & { readonly hasPage: boolean }
}

/** What one message of a WebSocket may weigh: a pasted file in a console is far below it. */
const MAX_MESSAGE_BYTES = 1024 * 1024

/** Every route of the API. They are added once the plugins are there that look at routes as they come. */
export function registerRoutes(app: FastifyInstance, deps: RouteDeps): void {
  measureRequests(app, deps.measured.metrics)
  describeRoutes(app, deps.described)
  addPages(app)
  addIdempotency(app, systemClock)
  endRefusedUpgrades(app)
  void app.register(websocket, { options: { maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false } })
  void app.register((scope, _options, done) => {
    plainRoutes(scope, deps)
    iperfRoutes(scope, deps.agent)
    classicRoutes(scope, deps.agent)
    liveRoutes(scope, deps.agent)
    docsRoutes(scope, deps.described.hasPage)
    metricsRoutes(scope, { agent: deps.agent, ...deps.measured })
    supportRoutes(scope, { ...deps, metrics: deps.measured.metrics })
    done()
  })
}

/** Nobody else ends a connection that asked for an upgrade and was answered: the server has given it away by then. */
function endRefusedUpgrades(app: FastifyInstance): void {
  app.addHook('onResponse', async ({ raw }) => {
    if (raw.headers.upgrade !== undefined) raw.socket.destroySoon()
  })
}

function plainRoutes(app: FastifyInstance, { agent, version, login }: RouteDeps): void {
  loginRoutes(app, { agent, version, ...login })
  accessRoutes(app, { agent, version, ...login })
  meshRoutes(app, agent, version)
  hostRoutes(app, agent)
  allocationRoutes(app, agent)
  nameRoutes(app, agent)
  quorumRoutes(app, agent)
  pathRoutes(app, agent)
  recordRoutes(app, agent)
  labRoutes(app, agent)
  imageRoutes(app, agent)
  snapshotRoutes(app, agent)
  saveRoutes(app, agent)
  revisionRoutes(app, agent)
  linkRoutes(app, agent)
  streamRoutes(app, agent)
  consoleRoutes(app, agent)
  eventRoutes(app, agent)
}

function iperfRoutes(app: FastifyInstance, agent: AgentPort): void {
  exerciseRoutes(app, agent)
  taskRoutes(app, agent)
  scheduleRoutes(app, agent)
  attachedRoutes(app, agent)
  machineRoutes(app, agent)
}
