import type { AgentPort, EventView, TokenInfo } from '#agent/port.ts'
import { encodeCursor } from '#core/feed/cursor.ts'
import { MeshError } from '#core/model/errors.ts'
import { intentChanges } from '#core/plan/intent-changes.ts'
import { labSummary } from '#core/view/summary.ts'
import { createFakeAccess } from './fake-access.ts'
import type { FakeAgent } from './fake-agent-face.ts'
import {
  addToken,
  endOf,
  keep,
  known,
  recordOf,
  revisionOf,
  snapshotOutcome,
  suiting,
  waysOf,
} from './fake-agent-parts.ts'
import { ALLOCATIONS, emptyHost, HOSTS, PATHS, QUORUM, TELEMETRY } from './fake-agent-samples.ts'
import { madeAll, pendingView, planOf, upView } from './fake-agent-views.ts'
import { fakeConsole } from './fake-console.ts'
import { fakeDrafts } from './fake-drafts.ts'
import { createFakeIperf } from './fake-iperf.ts'

export type { FakeAgent } from './fake-agent-face.ts'

async function* streamOf(texts: readonly string[]): AsyncGenerator<Uint8Array, void> {
  for (const text of texts) yield Buffer.from(text)
}

/** A fresh fake with two hosts, `a` alive and `b` down, and no labs. */
export function createFakeAgent(): FakeAgent {
  const failures = new Map<keyof AgentPort, unknown>()
  const tokens = new Map<string, TokenInfo>()
  const reserved = new Map<string, number>()
  const listeners = new Set<(event: EventView) => void>()
  const guard = (method: keyof AgentPort) => {
    if (failures.has(method)) throw failures.get(method)
  }
  const consoles = fakeConsole()
  const agent: FakeAgent = {
    access: createFakeAccess(),
    drafts: fakeDrafts(),
    iperf: createFakeIperf(),
    checks: [{ name: 'mesh', ok: true, why: null }],
    submitted: new Map(),
    reconciled: [{ host: 'a', done: [], wrong: [] }],
    execs: [],
    restarts: [],
    history: new Map(),
    commands: [],
    views: new Map(),
    leaderView: { leader: 'a', term: 3, ageMs: 65_000, voters: ['a'], quorum: { have: 1, need: 1 }, missing: [] },
    quorumView: QUORUM,
    recoveries: [],
    feed: [],
    get following() {
      return listeners.size
    },
    happen(event) {
      agent.feed.push(event)
      for (const listener of [...listeners]) listener(event)
    },
    snapshotRows: [],
    snapshotAsks: [],
    savedTexts: new Map(),
    saveFaults: new Map(),
    snapshotFaults: new Map(),
    records: new Map(),
    linkAsks: [],
    streamAsks: [],
    consoles,
    console: (...ask) => {
      guard('console')
      return consoles.watch(...ask)
    },
    streamed: ['one', 'two'],
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
    readiness: async () => agent.checks,
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
    async images() {
      guard('images')
      return []
    },
    names() {
      guard('names')
      return { hosts: [], nodes: [] }
    },
    async allocations() {
      guard('allocations')
      return ALLOCATIONS
    },
    async events(ask) {
      guard('events')
      return { events: suiting(agent.feed, ask).slice(-ask.limit), cursor: endOf(agent.feed) }
    },
    followEvents(ask, onEvent) {
      guard('followEvents')
      const missed = ask.since === undefined && ask.limit === 0 ? [] : suiting(agent.feed, ask)
      const listener = (event: EventView): void => {
        for (const one of suiting([event], ask)) onEvent(one)
      }
      listeners.add(listener)
      const from = ask.since ?? encodeCursor(new Map())
      return { missed, from, cursor: () => endOf(agent.feed), stop: () => void listeners.delete(listener) }
    },
    paths: () => PATHS,
    ways: async () => agent.hosts().map(({ name }) => waysOf(agent, name)),
    record: (kind, key) => recordOf(agent, kind, key),
    setAddresses: async ({ primary = '192.0.2.1', secondary = '' }) => ({
      addresses: [primary],
      ...(secondary === '' ? {} : { secondary: [secondary] }),
    }),
    counters: () => ({ 'record.dropped.BAD_SIGNATURE': 2 }),
    telemetry: () => TELEMETRY,
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
    labs: () => agent.labViews().map(labSummary),
    labViews() {
      guard('labViews')
      return [...agent.views.values()]
    },
    lab(name) {
      guard('lab')
      return known(agent, name)
    },
    async submit(intent, contents, origin) {
      guard('submit')
      const generation = (agent.views.get(intent.name)?.generation ?? 0) + 1
      agent.submitted.set(intent.name, { intent, contents })
      agent.views.set(intent.name, pendingView(intent, generation))
      if (origin !== undefined) keep(agent, intent, { ...origin, generation })
      return { generation, changes: madeAll(intent) }
    },
    async saveConfigs(lab, nodes) {
      guard('saveConfigs')
      const names = nodes ?? known(agent, lab).nodes.map(({ name }) => name)
      const rows = names.map((node) => {
        const message = agent.saveFaults.get(node) ?? null
        if (message === null) agent.savedTexts.set(`${lab}/${node}`, `hostname ${node}\n`)
        return { node, host: 'a', ok: message === null, sizeBytes: message === null ? 11 : null, message }
      })
      return { lab, save: 1, nodes: rows, skipped: [] }
    },
    saves: (lab) => {
      const nodes = [...agent.savedTexts].flatMap(([key, text]) =>
        key.startsWith(`${lab}/`) ? [{ node: key.slice(lab.length + 1), kind: 'linux', sizeBytes: text.length }] : [],
      )
      return nodes.length === 0 ? [] : [{ save: 1, atMs: 0, host: 'a', revision: 1, nodes }]
    },
    async savedConfig(lab, node, save = 1) {
      const text = agent.savedTexts.get(`${lab}/${node}`)
      if (text === undefined) throw new MeshError('NOT_FOUND', `no configuration of ${node} of lab ${lab} was kept`)
      return { lab, node, save, text }
    },
    async forgetSaved(lab, nodes) {
      for (const key of agent.savedTexts.keys())
        if (nodes === undefined ? key.startsWith(`${lab}/`) : nodes.includes(key.slice(lab.length + 1)))
          agent.savedTexts.delete(key)
    },
    revisions(lab) {
      revisionOf(agent, lab, undefined)
      return agent.history.get(lab) ?? []
    },
    async revision(lab, wanted) {
      return revisionOf(agent, lab, wanted)
    },
    async diffRevisions(lab, from, to) {
      const [before, after] = [revisionOf(agent, lab, from), revisionOf(agent, lab, to)]
      return { lab, from: before.revision, to: after.revision, ...intentChanges(before.intent, after.intent) }
    },
    async rollback(lab, wanted, origin) {
      const { intent, topology } = revisionOf(agent, lab, wanted)
      return agent.submit(intent, new Map(), { ...origin, topology })
    },
    async remove(name) {
      known(agent, name)
      if (agent.removesAtOnce) agent.views.delete(name)
    },
    async plan(intent, ask) {
      guard('plan')
      const plan = planOf(intent)
      return ask?.commands === true ? { ...plan, commands: agent.commands } : plan
    },
    async reconcileLab(name) {
      guard('reconcileLab')
      return { lab: known(agent, name).name, hosts: agent.reconciled }
    },
    async snapshots(lab) {
      guard('snapshots')
      known(agent, lab)
      return agent.snapshotRows
    },
    takeSnapshot: async (lab, wish) => snapshotOutcome(agent, 'take', { lab, wish }),
    restoreSnapshot: async (lab, wish) => snapshotOutcome(agent, 'restore', { lab, wish }),
    removeSnapshot: async (lab, wish) => snapshotOutcome(agent, 'remove', { lab, wish }),
    async impairLink(lab, end, ask) {
      guard('impairLink')
      const key = `${end.node}:${end.interface}`
      agent.linkAsks.push([lab, key, ask])
      const link = known(agent, lab).links.find(({ endpoints }) =>
        endpoints.some((one) => one.node === end.node && one.interface === end.interface),
      )
      if (link === undefined) throw new MeshError('NOT_FOUND', `no link of lab ${lab} ends in ${key}`)
      return { lab, generation: known(agent, lab).generation, link: link.id, impairments: link.impairments ?? {} }
    },
    async capture(ask) {
      guard('capture')
      agent.streamAsks.push(ask)
      return { host: 'a', bytes: streamOf(agent.streamed) }
    },
    async logs(ask) {
      guard('logs')
      agent.streamAsks.push(ask)
      return { host: 'a', bytes: streamOf(agent.streamed) }
    },
    async restartNode(lab, node) {
      guard('restartNode')
      const found = known(agent, lab).nodes.find(({ name }) => name === node)
      if (found === undefined) throw new MeshError('NOT_FOUND', `lab ${lab} has no node ${node}`)
      agent.restarts.push({ lab, node })
      return { lab, node, host: found.host ?? 'a' }
    },
    async exec(lab, node, argv, how) {
      guard('exec')
      if (!known(agent, lab).nodes.some(({ name }) => name === node)) {
        throw new MeshError('NOT_FOUND', `lab ${lab} has no node ${node}`)
      }
      const stdin = how?.stdin === undefined ? {} : { stdin: Buffer.from(how.stdin).toString() }
      agent.execs.push({ lab, node, argv, ...stdin })
      return agent.execResult
    },
  }
  return agent
}
