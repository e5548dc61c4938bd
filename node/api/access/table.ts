import type { Role } from '#core/model/access.ts'

/** Least role of a route; `open` is for everybody who can reach the port. */
export type Least = Role | 'open'

/** What attached machines ask; they show a key of their own. */
const MACHINES = [
  'POST /v1/agent/register',
  'POST /v1/agent/heartbeat',
  'POST /v1/agent/tasks/claim',
  'POST /v1/agent/tasks/:id/started',
  'POST /v1/agent/tasks/:id/result',
]

const OPEN = [
  ...['GET /healthz', 'GET /readyz', 'GET /v1/first-login', 'POST /auth/login', 'POST /auth/logout', 'GET /*'],
  ...MACHINES,
]

const METRICS = ['GET /metrics', 'GET /api/v1/sd']

const VIEWER = [
  'GET /openapi.json',
  'GET /docs',
  'GET /agents',
  'GET /labs',
  'GET /labs/:lab',
  'GET /labs/:lab/jobs',
  'GET /labs/:lab/interface-mappings',
  'GET /labs/:lab/nodes/:node/interfaces',
  'GET /v1/me',
  'POST /v1/me/password',
  'GET /v1/live',
  'GET /v1/self',
  'GET /v1/leader',
  'GET /v1/counters',
  'GET /v1/hosts',
  'GET /v1/hosts/:host',
  'GET /v1/names',
  'GET /v1/images',
  'GET /v1/paths',
  'GET /v1/ways',
  'GET /v1/records/:kind/*',
  'GET /v1/quorum',
  'GET /v1/allocations',
  'GET /v1/events',
  'GET /v1/events/follow',
  'GET /v1/labs',
  'GET /v1/labs/:lab',
  'GET /v1/labs/:lab/links',
  'GET /v1/labs/:lab/interfaces',
  'GET /v1/labs/:lab/nodes/:node/logs',
  'GET /v1/labs/:lab/revisions',
  'GET /v1/labs/:lab/revisions/:revision',
  'GET /v1/labs/:lab/export',
  'GET /v1/labs/:lab/diff',
  'GET /v1/labs/:lab/snapshots',
  'GET /v1/labs/:lab/saves',
  'GET /v1/labs/:lab/saves/:node',
  'POST /v1/labs/validate',
  'POST /v1/labs/plan',
  'POST /v1/exercises/plan',
  'GET /v1/exercises',
  'GET /v1/exercises/:id',
  'GET /v1/exercises/:id/results',
  'GET /v1/exercises/:id/live',
  'GET /v1/exercises/:id/matrix',
  'GET /v1/exercises/:id/tests/:test/raw',
  'GET /v1/iperf/matrix',
  'GET /v1/iperf/results',
  'GET /v1/iperf/schedules',
  'GET /v1/tasks',
  'GET /v1/tasks/:id',
  'GET /v1/ports/reservations',
  'GET /v1/agents',
  'GET /v1/agents/:id',
]

const OPERATOR = [
  'POST /labs',
  'DELETE /labs/:lab',
  'POST /labs/:lab/import-yaml',
  'POST /labs/:lab/up',
  'POST /labs/:lab/down',
  'POST /labs/:lab/links/reconcile',
  'GET /labs/:lab/nodes/:node/console',
  'GET /v1/labs/:lab/nodes/:node/console',
  'GET /v1/labs/:lab/nodes/:node/interfaces/:interface/capture',
  'POST /v1/labs',
  'DELETE /v1/labs/:lab',
  'POST /v1/labs/:lab/reconcile',
  'POST /v1/labs/:lab/nodes/:node/exec',
  'POST /v1/labs/:lab/nodes/:node/restart',
  'POST /v1/labs/:lab/nodes/:node/interfaces/:interface/impairment',
  'POST /v1/labs/:lab/rollback',
  'POST /v1/labs/:lab/snapshots',
  'POST /v1/labs/:lab/snapshots/:name/restore',
  'DELETE /v1/labs/:lab/snapshots/:name',
  'POST /v1/labs/:lab/saves',
  'DELETE /v1/labs/:lab/saves',
  'POST /v1/allocations',
  'DELETE /v1/allocations/:owner',
  'POST /v1/exercises',
  'DELETE /v1/exercises/:id',
  'POST /v1/exercises/:id/tests',
  'POST /v1/exercises/:id/start',
  'POST /v1/exercises/:id/stop',
  'POST /v1/tasks/:id/cancel',
  'PUT /v1/iperf/schedules/:name',
  'DELETE /v1/iperf/schedules/:name',
]

const ADMIN = [
  'POST /v1/agents',
  'DELETE /v1/agents/:id',
  'GET /v1/users',
  'PUT /v1/users/:name',
  'DELETE /v1/users/:name',
  'GET /v1/api-tokens',
  'POST /v1/api-tokens',
  'DELETE /v1/api-tokens/:id',
  'GET /v1/tokens',
  'POST /v1/tokens',
  'DELETE /v1/tokens/:id',
  'POST /v1/hosts/:host/drain',
  'POST /v1/hosts/:host/undrain',
  'DELETE /v1/hosts/:host',
  'POST /v1/quorum/recover',
  'POST /v1/self/addresses',
  'GET /v1/support-bundle',
]

const rows = (least: Least, routes: readonly string[]): readonly (readonly [string, Least])[] =>
  routes.map((route) => [route, least])

/** Who may do what: `METHOD /path` as it is registered. */
const TABLE: ReadonlyMap<string, Least> = new Map([
  ...rows('open', OPEN),
  ...rows('metrics', METRICS),
  ...rows('viewer', VIEWER),
  ...rows('operator', OPERATOR),
  ...rows('admin', ADMIN),
])

/** Asked with POST, yet nothing changes by them; or, as by machines, some times a minute and by nobody. */
const CHANGES_NOTHING = new Set([
  'POST /v1/labs/validate',
  'POST /v1/labs/plan',
  'POST /v1/exercises/plan',
  'POST /auth/logout',
  ...MACHINES,
])

const nameOf = (method: string, path: string): string => `${method === 'HEAD' ? 'GET' : method} ${path}`

/** Least role for a route that has a row; undefined where it has none. */
export const rowOf = (method: string, path: string): Least | undefined => TABLE.get(nameOf(method, path))

/** Least role for a route; one that was forgotten is the admins'. */
export const leastFor = (method: string, path: string): Least => rowOf(method, path) ?? 'admin'

/** What happened is told by itself, with the host where it was asked; reservations are told by who has which number. */
const TELLS_ITSELF = new Set([
  'POST /v1/labs',
  'DELETE /v1/labs/:lab',
  'POST /v1/labs/:lab/rollback',
  'POST /v1/labs/:lab/nodes/:node/interfaces/:interface/impairment',
  'POST /v1/hosts/:host/drain',
  'POST /v1/hosts/:host/undrain',
  'DELETE /v1/hosts/:host',
  'POST /v1/allocations',
  'DELETE /v1/allocations/:owner',
  'POST /v1/exercises',
  'POST /v1/exercises/:id/start',
  'POST /v1/exercises/:id/stop',
])

/** Nothing changes by them, but they show what others send, or all there is to know of a host; they go on for a while. */
const STREAMED = new Set(['GET /v1/labs/:lab/nodes/:node/interfaces/:interface/capture', 'GET /v1/support-bundle'])

/** Whether it is told of a route that goes on and on who used it. */
export const isStreamed = (method: string, path: string): boolean => STREAMED.has(nameOf(method, path))

/** Whether who asked it and how it ended belongs in the event feed. `isLocal`: there is nobody to tell of but whoever is root there. */
export function isAudited(method: string, path: string, { isLocal }: { readonly isLocal: boolean }): boolean {
  const name = nameOf(method, path)
  if (method === 'GET' || method === 'HEAD') return STREAMED.has(name) && !isLocal
  return !CHANGES_NOTHING.has(name) && !(isLocal && TELLS_ITSELF.has(name))
}
