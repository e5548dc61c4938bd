import type { Engine } from '#core/engine/engine.ts'
import { generationOf } from '#core/engine/labs.ts'
import { MeshError } from '#core/model/errors.ts'
import { canonical } from '#core/record/canonical.ts'
import type { Identity } from '#identity/index.ts'
import type { Mesh } from '#mesh/mesh.ts'
import type { Clock } from '#platform/clock.ts'
import type { Store } from '#store/index.ts'
import type { Admission } from './admission.ts'
import { Allocations } from './allocations.ts'
import type { Hosts } from './hosts.ts'
import type { Loop } from './loop.ts'
import { placeNow, planView } from './planning.ts'
import type { AgentPort } from './port.ts'
import type { Proposals } from './proposals.ts'
import { leaderView, noQuorum, roleOf } from './quorum.ts'
import { quorumView } from './quorum-view.ts'
import type { Recovery } from './recovery.ts'
import { hostViews, labSummaries, viewLab } from './views.ts'
import type { Workloads } from './workloads.ts'

export interface FaceOptions {
  readonly engine: Engine
  readonly identity: Identity
  readonly clock: Clock
  readonly version: string
  readonly store: Pick<Store, 'putBlob'>
  readonly loop: Loop
  mesh(): Pick<Mesh, 'request'>
  readonly proposals: Proposals
  readonly admission: Admission
  readonly hosts: Hosts
  readonly recovery: Recovery
  readonly workloads: Workloads
  readonly counters: Readonly<Record<string, number>>
}

/** What the API may ask: views are read from the engine, wishes become events or proposals. */
export const createFace = (options: FaceOptions): AgentPort => {
  const { engine, identity, clock, version, loop, admission, hosts, recovery, proposals, workloads } = options
  const allocations = new Allocations(options)
  return {
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
    allocations: () => allocations.list(),
    reserve: (ask) => allocations.reserve(ask),
    free: (owner) => allocations.free(owner),
    createToken: (wish) => admission.createToken(wish),
    tokens: () => admission.tokens(),
    revokeToken: async (id) => {
      await proposals.submit({ type: 'revoke-token', id })
    },
    labs: () => labSummaries(engine),
    lab: (name) => viewLab(engine, name),
    submit: async (intent, contents) => {
      const held = engine.book.get('intent', intent.name)
      // Asked for again, unchanged: there is no difference to apply, unless a host it ran on has left.
      if (held !== undefined && canonical(held.body) === canonical(intent) && isPlaced(engine, intent.name))
        return { generation: generationOf(held) }
      // Refused as a whole before anything starts; without a majority nobody can say yet, and the wish waits.
      if (noQuorum(engine) === undefined) placeNow(engine, intent)
      for (const [sha256, bytes] of contents) await options.store.putBlob(sha256, bytes)
      loop.dispatch({ type: 'submit', lab: intent.name, intent })
      await loop.idle()
      return { generation: generationOf(engine.book.get('intent', intent.name)) }
    },
    remove: async (name) => {
      if (engine.book.get('intent', name)?.body == null)
        throw new MeshError('NOT_FOUND', `there is no lab named ${name}`)
      loop.dispatch({ type: 'submit', lab: name, intent: null })
      await loop.idle()
    },
    plan: (intent) => planView(engine, intent),
    exec: (lab, node, argv) => workloads.exec(lab, node, argv),
    counters: () => ({ ...options.counters }),
  }
}

/** Whether no host that a lab runs on has left. */
const isPlaced = (engine: Engine, lab: string): boolean => {
  const hosts = Object.values(engine.active.get(lab)?.assignment.hosts ?? {})
  return hosts.every((host) => roleOf(engine, host) !== undefined)
}
