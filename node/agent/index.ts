import { networkInterfaces } from 'node:os'
import { eventsDraft } from '#core/feed/body.ts'
import { certificateEndMs } from '#identity/cert.ts'
import type { Mesh } from '#mesh/mesh.ts'
import { readHostFacts } from '#platform/host-facts.ts'
import { whoAsked } from '#platform/on-behalf.ts'
import { ProcessorWait } from '#platform/processor-wait.ts'
import { ApiCertificates } from './access/certificates.ts'
import { Access } from './access/index.ts'
import { Sessions } from './access/sessions.ts'
import { Admission } from './consensus/admission.ts'
import { Allocations } from './consensus/allocations.ts'
import { Forwarding } from './consensus/forwarding.ts'
import { Hosts } from './consensus/hosts.ts'
import { Proposals } from './consensus/proposals.ts'
import { nameOf, noQuorum, roleOf } from './consensus/quorum.ts'
import { Recovery } from './consensus/recovery.ts'
import { resign } from './consensus/resign.ts'
import { ears } from './ears.ts'
import { createEffects } from './effects.ts'
import { createFace } from './face.ts'
import { News } from './feed/news.ts'
import { createHostSide } from './host/index.ts'
import { Inbox } from './inbox.ts'
import { createIperfSide } from './iperf/index.ts'
import { createLabSide } from './labs/index.ts'
import { Loop } from './loop.ts'
import { HostNames } from './names/index.ts'
import type { AgentOptions } from './options.ts'
import { Addresses } from './paths/addresses.ts'
import { HostPaths } from './paths/paths.ts'
import { Ways } from './paths/ways.ts'
import type { AgentPort } from './port.ts'
import { PortCheck } from './ports/check.ts'
import { Published } from './ports/published.ts'
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
/** An agent that waits for a processor this share of its time is starved: eight of them waited 0.06 to 0.57 at a load of 22 on two processors, three at most 0.01 at a load of 1. */
const STARVED_SHARE = 0.25
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
  const proposals: Proposals = new Proposals({
    self: engine.self,
    clock,
    leader: () => engine.leader.host,
    noQuorum: () => noQuorum(engine),
    refusal: (command) => engine.refusal(command),
    propose: (commands) => loop.propose(commands),
    forward: (leader, commands) => forwarding.forward(leader, commands),
  })
  const forwarding: Forwarding = new Forwarding({
    clock,
    roleOf: (host) => roleOf(engine, host),
    propose: (commands) => loop.propose(commands),
    onOutcome: (...outcome) => proposals.settle(...outcome),
    send: (to, message) => mesh.sendRaft(to, message),
    count,
  })
  const admission = new Admission({
    engine,
    identity,
    protocol: options.protocol,
    proposals,
    wallMs: () => clock.nowMs(),
  })
  const hosts = new Hosts({
    engine,
    proposals,
    nodesHere: () => host.workloads.here(),
    request: (...ask) => mesh.request(...ask),
  })
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
    notes: (lab) => (options.outward === undefined ? [] : [...names.troubles, ...published.troubles(lab)]),
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
  const recovery = new Recovery({
    engine,
    identity,
    clock,
    store,
    loop,
    connected: () => mesh.connected(),
    request: (...ask) => mesh.request(...ask),
  })
  const names: HostNames = new HostNames({
    engine,
    clock,
    log,
    count,
    name: identity.name,
    hostsFile: '',
    resolvFile: '',
    ...options.outward,
    seen: () => host.reconciler.seen,
  })
  const published: Published = new Published({ engine, clock, log })
  const ports = new PortCheck({ engine, published, request: (peer, ...ask) => mesh.request(peer, 'ports', ...ask) })
  const outwards = async (): Promise<void> => {
    if (options.outward !== undefined) await Promise.all([names.look(), published.look()])
  }
  const labs = createLabSide({
    ...options,
    ports,
    loop,
    host,
    mesh: () => mesh,
    tell: (told) => news.feed.tell(told),
    publish: (draft) => void carryOut({ type: 'publish', draft }),
  })
  const allocations = new Allocations({ engine, proposals, mesh: () => mesh })
  const certificates = new ApiCertificates({ ...options, request: (...ask) => mesh.request(...ask) })
  const sessions = new Sessions({
    ...options,
    publish: (draft) => {
      void carryOut({ type: 'publish', draft })
      return loop.idle()
    },
  })
  const access = new Access({
    engine,
    proposals,
    certificates,
    clock,
    sessions,
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
    portsHere: (body) => ports.here(body),
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
    settle: (requestId, result) => {
      proposals.settle(requestId, result)
      forwarding.settle(requestId, result)
    },
    log,
    count,
    reconcile: () => host.reconciler.trigger(),
    saw: (effect) => {
      news.saw(effect)
      options.watcher?.effect(effect)
    },
  })

  const wait = new ProcessorWait()
  const tellFacts = async (): Promise<void> => {
    const facts = readHostFacts()
    const capabilities = await options.capabilities()
    const own = engine.roster?.hosts.find((one) => one.id === engine.self)
    // Before the roster tells which of them others use, all count.
    const used = own === undefined ? facts.addresses : [own.addresses[0], own.secondary?.[0]]
    const mtu = options.mtuAt?.(used.filter((address) => address !== undefined))
    const underlay = mtu === undefined ? {} : { underlayMtuBytes: mtu }
    loop.dispatch({
      type: 'facts',
      cpuFree: facts.freeCpus,
      memFreeMiB: facts.freeMemoryMib,
      total: { cpu: facts.cpus * 100, mem: facts.memoryMib },
      ...(options.promisedPercent === undefined ? {} : { percent: options.promisedPercent }),
      capabilities,
      ...underlay,
      isStarved: wait.share(clock.monotonicMs()) >= STARVED_SHARE,
    })
  }

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
      names,
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
        setInterval(() => void outwards().catch(options.onFatal), OUTWARD_MS),
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
      await names.close()
      await published.close()
      paths.stop()
      await host.stop()
      await news.stop()
      await mesh.stop()
      await loop.idle()
      await inbox.keep()
    },
  }
}
