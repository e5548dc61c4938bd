import { networkInterfaces } from 'node:os'
import { eventsDraft } from '#core/feed/body.ts'
import { certificateEndMs } from '#identity/cert.ts'
import type { Mesh } from '#mesh/mesh.ts'
import { whoAsked } from '#platform/on-behalf.ts'
import { createAccessSide } from './access/side.ts'
import { nameOf, roleOf } from './consensus/quorum.ts'
import { resign } from './consensus/resign.ts'
import { type ConsensusSide, createConsensusSide } from './consensus/side.ts'
import { ears } from './ears.ts'
import { createEffects } from './effects.ts'
import { createFace } from './face.ts'
import { createFacts } from './facts.ts'
import { News } from './feed/news.ts'
import { createHostSide } from './host/index.ts'
import { Inbox } from './inbox.ts'
import { createIperfSide } from './iperf/index.ts'
import { createLabSide } from './labs/index.ts'
import { Loop } from './loop.ts'
import type { AgentOptions } from './options.ts'
import { createOutwardSide, type OutwardSide } from './outward.ts'
import { Addresses } from './paths/addresses.ts'
import { HostPaths } from './paths/paths.ts'
import { Ways } from './paths/ways.ts'
import type { AgentPort } from './port.ts'
import { readiness } from './readiness.ts'
import { createRequests } from './requests.ts'
import { AgentTelemetry } from './telemetry.ts'

export interface Agent extends AgentPort {
  start(): Promise<void>
  /** Before `stop`, while all still runs: lets another host lead, where this one does, and waits a little until it does. */
  resign(): Promise<void>
  stop(): Promise<void>
}

const TICK_MS = 100
const FACTS_MS = 5_000
const HEED_MS = 1_000
/** Names and published ports follow what runs this soon. */
const OUTWARD_MS = 500
/** How soon a host has what a new revision of a lab is made of. */
const KEEP_REVISIONS_MS = 5_000
/** An address that changed is told to the mesh this soon. */
const ADDRESSES_MS = 3_000
const KEEP_FRESHNESS_MS = 10_000
/** What a removed host told of ended sessions is told by another one this soon. */
const TAKE_OVER_MS = 1_000

/** Requests of other hosts that change something here. */
const CHANGING: ReadonlySet<string> = new Set(['exec', 'exec-input', 'reconcile', 'restart', 'snapshot'])

const forWhom = (): string => {
  const by = whoAsked()
  return by === undefined ? '' : ` for ${by}`
}

/** The running host: feeds the engine, carries out its effects, makes the host match, answers the API. */
export const createAgent = (options: AgentOptions): Agent => {
  const { engine, identity, store, clock, log } = options
  const counters: Record<string, number> = {}
  const count = (code: string): void => {
    counters[code] = (counters[code] ?? 0) + 1
  }
  const timers: NodeJS.Timeout[] = []

  const loop: Loop = new Loop({
    engine,
    clock,
    persist: (effects) => store.persistRaft(...effects),
    isCommitting: () => engine.replica?.isCommitting === true,
    carryOut: (effect) => carryOut(effect),
    onFatal: options.onFatal,
  })
  const consensus: ConsensusSide = createConsensusSide({
    ...options,
    loop,
    mesh: () => mesh,
    nodesHere: () => host.workloads.here(),
    count,
  })
  const { proposals, forwarding, admission, hosts, recovery, allocations } = consensus
  const inbox: Inbox = new Inbox({
    engine,
    store,
    freshness: options.freshness,
    dispatch: (event) => {
      if (event.type === 'record') news.heard(event.record)
      loop.dispatch(event)
      if (event.type === 'record') iperf.heard(event.record)
    },
    count,
  })
  const host = createHostSide({
    ...options,
    count,
    mesh: () => mesh,
    paths: () => paths,
    news: () => news,
    notes: (lab) => outward.notes(lab),
    onStatus: (lab, status) => loop.dispatch({ type: 'observed', lab, status }),
  })
  const news = new News({
    ...options,
    self: engine.self,
    name: identity.name,
    // Past the queue: they wait for no write of others.
    publish: (events) => void carryOut({ type: 'publish', draft: eventsDraft(engine.self, events) }),
    request: (...ask) => mesh.request(...ask),
    count,
  })
  const paths: HostPaths = new HostPaths({
    ...options,
    config: options.paths,
    port: options.ports.libp2p,
    wanted: () => host.work.wanted(host.reconciler.seen),
    lastWanted: () => host.work.lastWanted,
    seen: () => host.reconciler.seen,
    count,
    trigger: () => host.reconciler.trigger(),
    tell: (told) => news.feed.tell(told),
  })
  const addresses = new Addresses({
    ...options,
    proposals,
    secondary: options.secondaryAddress,
    interfaces: networkInterfaces,
  })
  const outward: OutwardSide = createOutwardSide({
    ...options,
    seen: () => host.reconciler.seen,
    count,
    request: (...ask) => mesh.request(...ask),
  })
  const labs = createLabSide({
    ...options,
    ports: outward.ports,
    loop,
    host,
    mesh: () => mesh,
    tell: (told) => news.feed.tell(told),
    publish: (draft) => void carryOut({ type: 'publish', draft }),
  })
  const { certificates, sessions, access } = createAccessSide({
    ...options,
    proposals,
    loop,
    publish: (draft) => void carryOut({ type: 'publish', draft }),
    request: (...ask) => mesh.request(...ask),
    tell: (told) => news.feed.tell(told),
  })
  const iperf = createIperfSide({
    ...options,
    proposals,
    loop,
    publish: (draft) => void carryOut({ type: 'publish', draft }),
    request: (...ask) => mesh.request(...ask),
    tell: (told) => news.feed.tell(told),
    allocations: () => allocations.list(),
    pidOf: (lab, node) => host.workloads.pidOf(lab, node),
  })
  const requests = createRequests({
    engine,
    clock,
    store,
    logPosition: () => recovery.position(),
    nodesHere: () => host.workloads.here(),
    execHere: (...ask) => host.workloads.execHere(...ask),
    ran: (from, { lab, node }) =>
      news.feed.tell({
        level: 'info',
        code: 'NODE_EXEC',
        lab,
        about: node,
        message: `a command was run${forWhom()}, by way of ${nameOf(engine, from)}`,
      }),
    reconcileHere: (lab) => host.labReconcile.here(lab),
    snapshotsHere: (lab) => host.snapshots.list(lab),
    snapshotHere: (ask) => host.snapshots.carryOut(ask),
    restartHere: (lab, node) => host.restarts.here(lab, node),
    imagesHere: (body) => labs.images.here(body),
    imageParts: (body) => host.images.parts(body),
    imageTicket: (...ask) => host.images.ticket(...ask),
    portsHere: (body) => outward.ports.here(body),
    apiCertificate: (body, from) => certificates.answer(body, from),
    rehearseHere: (body) => labs.rehearsals.here(body),
    waysHere: () => ways.here(),
    events: (body) => news.feed.answer(body),
    iperf: iperf.requests,
  })
  const telemetry = new AgentTelemetry({
    engine,
    connected: () => mesh.connected(),
    lastPass: () => host.reconciler.last,
  })
  const ways = new Ways({
    engine,
    clock,
    paths: () => paths.viewNow(),
    roundTripsMs: () => telemetry.read().roundTripsMs,
    certificateEndMs: certificateEndMs(identity.certificate),
    request: (...ask) => mesh.request(...ask),
  })
  const mesh: Mesh = options.createMesh({
    identity,
    protocol: options.protocol,
    meshId: identity.meshId,
    listen: { port: options.ports.libp2p },
    roster: () => paths.roster(),
    ...ears({
      engine,
      loop,
      inbox,
      forwarding,
      log,
      roleOf: (host) => roleOf(engine, host),
      probed: (...probe) => telemetry.probed(...probe),
      count,
    }),
    onRequest: (from, name, body) => {
      const by = whoAsked()
      if (by !== undefined && CHANGING.has(name)) log.info({ by, from, request: name }, 'asked by way of another host')
      return requests(from, name, body)
    },
    onStream: (_from, ...ask) => host.streams.answer(...ask),
    onDuplex: (from, _name, ...ask) => host.consoles.answer(from, ...ask),
    onJoin: (request) => admission.admit(request),
    count,
    log,
  })

  const carryOut = createEffects({
    engine,
    identity,
    boot: options.boot,
    clock,
    store,
    mesh,
    loop,
    settle: (...word) => consensus.settle(...word),
    log,
    count,
    reconcile: () => host.reconciler.trigger(),
    saw: (effect) => {
      news.saw(effect)
      options.watcher?.effect(effect)
    },
  })

  const tellFacts = createFacts({ ...options, dispatch: (event) => loop.dispatch(event) })

  return {
    ...createFace({
      engine,
      identity,
      clock,
      version: options.version,
      mesh: () => mesh,
      proposals,
      admission,
      hosts,
      recovery,
      workloads: host.workloads,
      labReconcile: host.labReconcile,
      streams: host.streams,
      consoles: host.consoles,
      names: outward.names,
      snapshots: host.labSnapshots,
      restarts: host.restarts,
      ...labs,
      iperf: iperf.port,
      allocations,
      feed: news.feed,
      paths,
      addresses,
      access,
      counters,
      readiness: () => readiness({ engine, store, lastPass: () => host.reconciler.last }),
      telemetry,
      ways,
    }),
    start: async () => {
      await news.start()
      await tellFacts()
      await mesh.start()
      timers.push(
        setInterval(() => loop.dispatch({ type: 'tick' }), TICK_MS),
        setInterval(() => void tellFacts().catch(options.onFatal), FACTS_MS),
        setInterval(() => host.work.heed(), HEED_MS),
        setInterval(() => void outward.look().catch(options.onFatal), OUTWARD_MS),
        setInterval(() => void labs.keeper.look(), KEEP_REVISIONS_MS),
        setInterval(() => void addresses.look(), ADDRESSES_MS),
        setInterval(() => void sessions.takeOver().catch(options.onFatal), TAKE_OVER_MS),
        setInterval(() => void inbox.keep().catch(options.onFatal), KEEP_FRESHNESS_MS),
      )
      host.start()
      paths.start()
      await iperf.start()
    },
    resign: () => resign(engine, loop),
    stop: async () => {
      for (const timer of timers) clearInterval(timer)
      await iperf.stop()
      await outward.stop()
      paths.stop()
      await host.stop()
      await news.stop()
      await mesh.stop()
      await loop.idle()
      await inbox.keep()
    },
  }
}
