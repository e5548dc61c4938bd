import type { Engine } from '#core/engine/engine.ts'
import { labSummary } from '#core/view/summary.ts'
import type { Identity } from '#identity/index.ts'
import type { Mesh } from '#mesh/mesh.ts'
import type { Clock } from '#platform/clock.ts'
import type { Admission } from './consensus/admission.ts'
import type { Allocations } from './consensus/allocations.ts'
import type { Hosts } from './consensus/hosts.ts'
import type { Proposals } from './consensus/proposals.ts'
import { leaderView } from './consensus/quorum.ts'
import { quorumView } from './consensus/quorum-view.ts'
import type { Recovery } from './consensus/recovery.ts'
import type { LabConsoles } from './console/lab-consoles.ts'
import { FeedFace } from './feed/face.ts'
import type { Feed } from './feed/feed.ts'
import type { LabReconcile } from './host/lab-reconcile.ts'
import type { LabSnapshots } from './host/lab-snapshots.ts'
import type { LabStreams } from './host/lab-streams.ts'
import type { Restarts } from './host/restarts.ts'
import type { Workloads } from './host/workloads.ts'
import type { Drafts } from './labs/drafts.ts'
import { listImages } from './labs/image-list.ts'
import type { Images } from './labs/images.ts'
import type { Impairments } from './labs/impairments.ts'
import type { Labs } from './labs/labs.ts'
import type { Revisions } from './labs/revisions.ts'
import type { Saves } from './labs/saves.ts'
import type { HostNames } from './names/index.ts'
import type { Addresses } from './paths/addresses.ts'
import type { HostPaths } from './paths/paths.ts'
import type { Ways } from './paths/ways.ts'
import type { AccessPort, AgentPort, IperfPort } from './port.ts'
import type { AgentTelemetry } from './telemetry.ts'
import { hostViews, labViews, recordView, viewLab } from './views.ts'

export interface FaceOptions {
  readonly engine: Engine
  readonly identity: Identity
  readonly clock: Clock
  readonly version: string
  mesh(): Pick<Mesh, 'request'>
  readonly proposals: Proposals
  readonly allocations: Pick<Allocations, 'list' | 'reserve' | 'free'>
  readonly iperf: IperfPort
  readonly admission: Admission
  readonly hosts: Hosts
  readonly recovery: Recovery
  readonly workloads: Workloads
  readonly labReconcile: LabReconcile
  readonly snapshots: LabSnapshots
  readonly restarts: Pick<Restarts, 'restart'>
  /** What people wish of labs. */
  readonly wishes: Labs
  readonly revisions: Revisions
  readonly saves: Saves
  readonly drafts: Drafts
  readonly images: Pick<Images, 'everywhere'>
  readonly impairments: Pick<Impairments, 'set'>
  readonly streams: Pick<LabStreams, 'capture' | 'logs'>
  readonly consoles: Pick<LabConsoles, 'watch'>
  readonly names: Pick<HostNames, 'names'>
  readonly feed: Feed
  readonly paths: Pick<HostPaths, 'view'>
  readonly addresses: Pick<Addresses, 'set'>
  readonly counters: Readonly<Record<string, number>>
  readonly access: AccessPort
  readonly telemetry: Pick<AgentTelemetry, 'read'>
  readiness: AgentPort['readiness']
  readonly ways: Pick<Ways, 'everywhere'>
}

/** What the API may ask: views are read from the engine, wishes become events or proposals. */
export const createFace = (options: FaceOptions): AgentPort => {
  const { engine, identity, clock, version, admission, hosts, recovery, proposals, workloads, allocations } = options
  const events = new FeedFace({ ...options, request: (...ask) => options.mesh().request(...ask) })
  return {
    access: options.access,
    readiness: () => options.readiness(),
    self: () => ({ id: engine.self, name: identity.name, role: identity.role, version, meshId: identity.meshId }),
    hosts: () => hostViews(engine, clock.monotonicMs(), version),
    host: (name) => hosts.detail(name),
    drainHost: (name, drained) => hosts.drain(name, drained),
    removeHost: (name, { force }) => hosts.remove(name, force),
    leader: () => ({
      ...leaderView(engine),
      ageMs: engine.leader.host === null ? null : Math.round(clock.monotonicMs() - engine.leaderSinceMs),
    }),
    quorum: async () => {
      const evidence = await recovery.evidence()
      const nowMs = clock.monotonicMs()
      return quorumView(engine, evidence, { nowMs, sinceMs: Math.max(0, Math.round(nowMs - engine.leaderSinceMs)) })
    },
    recoverQuorum: (ask) => recovery.recover(ask),
    names: () => options.names.names(),
    images: () => listImages(engine, options.images),
    allocations: () => allocations.list(),
    reserve: (ask) => allocations.reserve(ask),
    free: (owner) => allocations.free(owner),
    createToken: (wish) => admission.createToken(wish),
    tokens: () => admission.tokens(),
    revokeToken: async (id) => {
      await proposals.submit({ type: 'revoke-token', id })
    },
    iperf: options.iperf,
    drafts: options.drafts,
    labs: () => labViews(engine).map(labSummary),
    labViews: () => labViews(engine),
    lab: (name) => viewLab(engine, name),
    submit: (...wish) => options.wishes.submit(...wish),
    remove: (name) => options.wishes.remove(name),
    plan: (...ask) => options.wishes.plan(...ask),
    revisions: (lab) => options.revisions.list(lab),
    revision: (...which) => options.revisions.detail(...which),
    diffRevisions: (...ask) => options.revisions.diff(...ask),
    rollback: (...ask) => options.wishes.rollback(...ask),
    reconcileLab: (name) => options.labReconcile.everywhere(name),
    exec: (...ask) => workloads.exec(...ask),
    restartNode: (...which) => options.restarts.restart(...which),
    saveConfigs: (...ask) => options.saves.save(...ask),
    saves: (lab) => options.saves.list(lab),
    savedConfig: (...ask) => options.saves.text(...ask),
    forgetSaved: (...ask) => options.saves.forget(...ask),
    snapshots: (lab) => options.snapshots.list(lab),
    takeSnapshot: (lab, wish) => options.snapshots.take(lab, wish),
    restoreSnapshot: (lab, wish) => options.snapshots.restore(lab, wish),
    removeSnapshot: (lab, wish) => options.snapshots.remove(lab, wish),
    impairLink: (...ask) => options.impairments.set(...ask),
    capture: (...ask) => options.streams.capture(...ask),
    logs: (...ask) => options.streams.logs(...ask),
    console: (...ask) => options.consoles.watch(...ask),
    events: (ask) => events.list(ask),
    followEvents: (...ask) => events.follow(...ask),
    paths: () => options.paths.view(),
    ways: () => options.ways.everywhere(),
    record: (kind, key) => recordView(engine, kind, key),
    setAddresses: (ask) => options.addresses.set(ask),
    counters: () => ({ ...options.counters }),
    telemetry: () => options.telemetry.read(),
  }
}
