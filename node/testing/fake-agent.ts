import type {
  AgentPort,
  AllocationView,
  ExecResult,
  HostDetail,
  HostView,
  LabSummary,
  LabView,
  LeaderView,
  LinkView,
  NodeView,
  PlanView,
  QuorumView,
  RecoverAsk,
  TokenInfo,
  TokenOptions,
  TokenView,
} from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import type { LabIntent, Link } from '#core/model/lab.ts'

/** An `AgentPort` in memory: it keeps what is submitted and shows it as `pending` until a test moves it on. */
export interface FakeAgent extends AgentPort {
  /** What was submitted last, by lab. */
  readonly submitted: Map<string, { readonly intent: LabIntent; readonly contents: ReadonlyMap<string, Uint8Array> }>
  readonly execs: { readonly lab: string; readonly node: string; readonly argv: readonly string[] }[]
  readonly views: Map<string, LabView>
  /** Shows parts of a lab anew. NOT_FOUND where there is none. */
  show(lab: string, change: (view: LabView) => LabView): void
  /** Everything of a lab running and up. */
  bringUp(lab: string): void
  /** The next call of this method rejects (or throws) with `error`; `undefined` mends it. */
  fail(method: keyof AgentPort, error: unknown): void
  leaderView: LeaderView
  /** What is asked of hosts; a test may put another one in its place. */
  hostDetail(name: string): HostDetail
  readonly drains: { readonly name: string; readonly drained: boolean }[]
  readonly removed: string[]
  quorumView: QuorumView
  /** What recoveries were asked for. */
  readonly recoveries: RecoverAsk[]
  execResult: ExecResult
  /** False: a lab that is removed stays, until a test takes it from `views`. */
  removesAtOnce: boolean
}

const HOSTS: readonly HostView[] = [
  {
    name: 'a',
    id: '12D3KooWA',
    state: 'alive',
    role: 'core',
    ageMs: 400,
    addresses: ['192.0.2.1'],
    overlayAddress: '10.77.0.1',
    version: '0.1.0',
  },
  {
    name: 'b',
    id: '12D3KooWB',
    state: 'down',
    role: 'worker',
    ageMs: null,
    addresses: [],
    overlayAddress: '10.77.0.2',
    version: null,
    reason: 'not heard of since this host started',
  },
]

const ALLOCATIONS: readonly AllocationView[] = [
  { pool: 'vni', value: 4096, owner: 'frr01/r1', sinceMs: Date.UTC(2026, 10, 19, 23, 57) },
  { pool: 'vlan', value: 1, host: 'a', owner: 'frr01/r1', sinceMs: Date.UTC(2026, 10, 19, 23, 57) },
]

/** `a` of three voters alone. */
const QUORUM: QuorumView = {
  host: 'a',
  epoch: 1,
  leader: null,
  term: 3,
  sinceMs: 125_000,
  quorum: { have: 1, need: 2 },
  missing: ['b', 'c'],
  members: [
    { name: 'a', votes: true, state: 'alive', ageMs: 0, log: { epoch: 1, term: 3, index: 41, committed: 40 } },
    { name: 'b', votes: true, state: 'down', ageMs: 125_000, log: null },
    { name: 'c', votes: true, state: 'down', ageMs: null, log: null },
  ],
  works: ['labs that run go on'],
  waits: ['new labs', 'joins'],
  next: ['start b, c'],
  recovery: null,
}

/** A fresh fake with two hosts, `a` alive and `b` down, and no labs. */
export function createFakeAgent(): FakeAgent {
  const failures = new Map<keyof AgentPort, unknown>()
  const tokens = new Map<string, TokenInfo>()
  const reserved = new Map<string, number>()
  const guard = (method: keyof AgentPort) => {
    if (failures.has(method)) throw failures.get(method)
  }
  const agent: FakeAgent = {
    submitted: new Map(),
    execs: [],
    views: new Map(),
    leaderView: { leader: 'a', term: 3, ageMs: 65_000, voters: ['a'], quorum: { have: 1, need: 1 }, missing: [] },
    quorumView: QUORUM,
    recoveries: [],
    execResult: { exitCode: 0, stdout: 'hello\n', stderr: '', host: 'a' },
    removesAtOnce: true,
    hostDetail: emptyHost,
    drains: [],
    removed: [],
    fail: (method, error) => void (error === undefined ? failures.delete(method) : failures.set(method, error)),
    show: (lab, change) => void agent.views.set(lab, change(known(agent, lab))),
    bringUp: (lab) => agent.show(lab, upView),
    self() {
      guard('self')
      return { id: '12D3KooWA', name: 'a', role: 'core', version: '0.1.0', meshId: 'mesh1' }
    },
    hosts() {
      guard('hosts')
      return HOSTS
    },
    async host(name) {
      guard('host')
      return agent.hostDetail(name)
    },
    async drainHost(name, drained) {
      guard('drainHost')
      agent.drains.push({ name, drained })
      return { ...agent.hostDetail(name), drained }
    },
    async removeHost(name, { force }) {
      guard('removeHost')
      const { id, nodes } = agent.hostDetail(name)
      if (nodes.length > 0 && !force) throw new MeshError('HOST_IN_USE', `lab nodes are on ${name}: r1 of one`)
      agent.removed.push(name)
      return { name, id }
    },
    leader() {
      guard('leader')
      return agent.leaderView
    },
    async quorum() {
      guard('quorum')
      return agent.quorumView
    },
    async recoverQuorum(ask) {
      guard('recoverQuorum')
      agent.recoveries.push(ask)
      const copy = '/var/lib/skein/log-copies/1.json'
      return { host: 'a', epoch: 2, formerEpoch: 1, undecidedEntries: 3, copy }
    },
    async reserve({ pool, host, owner, count = 1 }) {
      guard('reserve')
      const values = Array.from({ length: count }, (_, index) => 4097 + index)
      reserved.set(owner, count)
      return { pool, ...(host === undefined ? {} : { host }), owner, values }
    },
    async free(owner) {
      guard('free')
      const count = reserved.get(owner) ?? 0
      reserved.delete(owner)
      return count
    },
    async allocations() {
      guard('allocations')
      return ALLOCATIONS
    },
    counters: () => ({ 'record.dropped.BAD_SIGNATURE': 2 }),
    tokens: () => [...tokens.values()],
    async createToken(options) {
      guard('createToken')
      return addToken(tokens, options)
    },
    async revokeToken(id) {
      const token = tokens.get(id)
      if (token === undefined) throw new MeshError('NOT_FOUND', `no token ${id}`)
      tokens.set(id, { ...token, state: 'revoked' })
    },
    labs: () => [...agent.views.values()].map(summary),
    lab(name) {
      guard('lab')
      return known(agent, name)
    },
    async submit(intent, contents) {
      guard('submit')
      const generation = (agent.views.get(intent.name)?.generation ?? 0) + 1
      agent.submitted.set(intent.name, { intent, contents })
      agent.views.set(intent.name, pendingView(intent, generation))
      return { generation }
    },
    async remove(name) {
      known(agent, name)
      if (agent.removesAtOnce) agent.views.delete(name)
    },
    plan(intent) {
      guard('plan')
      return planOf(intent)
    },
    async exec(lab, node, argv) {
      guard('exec')
      if (!known(agent, lab).nodes.some(({ name }) => name === node)) {
        throw new MeshError('NOT_FOUND', `lab ${lab} has no node ${node}`)
      }
      agent.execs.push({ lab, node, argv })
      return agent.execResult
    },
  }
  return agent
}

function emptyHost(name: string): HostDetail {
  const host = HOSTS.find((one) => one.name === name)
  if (host === undefined) throw new MeshError('NOT_FOUND', `no host of this mesh is called ${name}.`)
  const { id, state, role } = host
  return { name, id, state, role, drained: false, leads: false, votes: false, nodes: [] }
}

function known(agent: FakeAgent, lab: string): LabView {
  const view = agent.views.get(lab)
  if (view === undefined) throw new MeshError('NOT_FOUND', `no lab ${lab}`)
  return view
}

function addToken(tokens: Map<string, TokenInfo>, { role, uses, ttlMs }: TokenOptions): TokenView {
  const id = `t${tokens.size + 1}`
  const expiresAt = new Date(ttlMs).toISOString()
  tokens.set(id, { id, role, expiresAt, usesLeft: uses, state: 'open' })
  return { token: `skein1.${id}`, id, role, expiresAt }
}

function pendingView(intent: LabIntent, generation: number): LabView {
  return {
    name: intent.name,
    state: 'pending',
    generation,
    nodes: intent.nodes.map(({ name, kind, image }): NodeView => ({ name, kind, image, host: null, state: 'pending' })),
    links: intent.links.map(pendingLink),
    notes: [],
  }
}

const pendingLink = ({ id, endpoints }: Link): LinkView => ({
  id,
  state: 'pending',
  endpoints: endpoints.map((end) => ({ ...end, host: null, mac: null, vlan: null })),
  vni: null,
  mtu: null,
})

const upView = (view: LabView): LabView => ({
  ...view,
  state: 'up',
  nodes: view.nodes.map((node) => ({ ...node, host: 'a', state: 'running' })),
  links: view.links.map((link) => ({
    ...link,
    state: 'up',
    mtu: 1500,
    endpoints: link.endpoints.map((end) => ({ ...end, host: 'a', mac: '02:00:00:00:00:01', vlan: 1 })),
  })),
})

const summary = ({ name, state, generation, nodes, links }: LabView): LabSummary => ({
  name,
  state,
  generation,
  nodes: { running: nodes.filter((node) => node.state === 'running').length, total: nodes.length },
  links: { up: links.filter((link) => link.state === 'up').length, total: links.length },
  hosts: [...new Set(nodes.flatMap(({ host }) => host ?? []))],
})

const planOf = (intent: LabIntent): PlanView => ({
  lab: intent.name,
  nodes: intent.nodes.map(({ name, host }) => ({
    name,
    host: host ?? 'a',
    reason: host === undefined ? 'fewest nodes' : 'pinned',
    change: 'create',
  })),
  removed: [],
  links: intent.links.map(({ id }) => ({ id, crossHost: false, mtu: 1500, change: 'create' })),
  removedLinks: [],
})
