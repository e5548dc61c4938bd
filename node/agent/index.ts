import type { Engine } from '#core/engine/engine.ts'
import type { Fresh } from '#core/model/record.ts'
import type { Driver } from '#drivers/driver.ts'
import type { Identity } from '#identity/index.ts'
import type { Mesh, MeshOptions } from '#mesh/mesh.ts'
import type { Clock } from '#platform/clock.ts'
import type { Exec, Follow } from '#platform/exec.ts'
import { readHostFacts } from '#platform/host-facts.ts'
import type { Logger } from '#platform/log.ts'
import type { Store } from '#store/index.ts'
import { Admission } from './admission.ts'
import { ears } from './ears.ts'
import { createEffects } from './effects.ts'
import { createFace } from './face.ts'
import { Forwarding } from './forwarding.ts'
import { type Datapath, HostWork } from './host-work.ts'
import { Hosts } from './hosts.ts'
import { Inbox } from './inbox.ts'
import { LabFiles } from './lab-files.ts'
import { Loop } from './loop.ts'
import type { AgentPort } from './port.ts'
import { PostStart } from './post-start.ts'
import { Proposals } from './proposals.ts'
import { noQuorum, roleOf } from './quorum.ts'
import { Reconciler } from './reconciler.ts'
import { Recovery } from './recovery.ts'
import { createRequests } from './requests.ts'
import { resign } from './resign.ts'
import { Watching } from './watching.ts'
import { Workloads } from './workloads.ts'

export interface AgentOptions {
  readonly engine: Engine
  readonly identity: Identity
  readonly store: Store
  readonly exec: Exec
  /** Follows what the drivers' tools tell of this host. */
  readonly follow: Follow
  readonly drivers: readonly Driver[]
  readonly clock: Clock
  readonly log: Logger
  readonly version: string
  readonly protocol: number
  /** Durable counter of this start. */
  readonly boot: number
  readonly freshness: Readonly<Record<string, Fresh>>
  readonly labFolder: string
  readonly ports: { readonly libp2p: number; readonly wireguard: number; readonly vxlan: number }
  readonly sweepMs: number
  createMesh(options: MeshOptions): Mesh
  detect(): Promise<Datapath>
  execIn(containerId: string, argv: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>
  onFatal(error: unknown): void
}

export interface Agent extends AgentPort {
  start(): Promise<void>
  /** Before `stop`, while all still runs: lets another host lead, where this one does, and waits a little until it does. */
  resign(): Promise<void>
  stop(): Promise<void>
}

const TICK_MS = 100
const FACTS_MS = 5_000
const KEEP_FRESHNESS_MS = 10_000

/** The running host: feeds the engine, carries out its effects, makes the host match, answers the API. */
export const createAgent = (options: AgentOptions): Agent => {
  const { engine, identity, store, clock, log } = options
  const counters: Record<string, number> = {}
  const count = (code: string): void => {
    counters[code] = (counters[code] ?? 0) + 1
  }
  let datapath: Datapath | undefined
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
    nodesHere: () => workloads.here(),
    request: (...ask) => mesh.request(...ask),
  })
  const inbox = new Inbox({
    engine,
    store,
    freshness: options.freshness,
    dispatch: (event) => loop.dispatch(event),
    count,
  })
  const files = new LabFiles({
    folder: options.labFolder,
    store,
    log,
    peers: () => mesh.connected(),
    fetch: async (peer, sha256) => (await mesh.request(peer, 'blob', { sha256 }, 30_000)) as string | null,
    changed: () => reconciler.trigger(),
  })
  const postStart = new PostStart({ store, log, run: options.execIn, changed: () => reconciler.trigger() })
  const work = new HostWork({
    engine,
    identity,
    clock,
    files,
    postStart,
    ports: options.ports,
    datapath: () => datapath ?? { datapath: 'netdev', txOffload: false },
    onStatus: (lab, status) => loop.dispatch({ type: 'observed', lab, status }),
  })
  const reconciler: Reconciler = new Reconciler({
    drivers: options.drivers,
    exec: options.exec,
    clock,
    log,
    sweepMs: options.sweepMs,
    prepare: async () => {
      // Without Open vSwitch its own driver says so; the rest of the host is made true all the same.
      datapath ??= await options.detect().catch((error) => {
        log.warn({ err: error }, 'cannot ask Open vSwitch what it can do')
        return undefined
      })
      await files.keepOnly(new Set(engine.active.keys()))
    },
    wanted: (seen) => work.wanted(seen),
    may: (op) => work.may(op),
    nextMs: () => work.nextMs(),
    onPass: (pass) => {
      workloads.saw(pass.seen)
      work.report(pass)
    },
  })
  const watching = new Watching({
    ...options,
    count,
    seen: () => reconciler.seen,
    lookedMs: () => reconciler.lookedMs,
    trigger: () => reconciler.trigger(),
  })
  const workloads = new Workloads({
    engine,
    execIn: options.execIn,
    request: (host, body, timeoutMs) => mesh.request(host, 'exec', body, timeoutMs),
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
  const requests = createRequests({
    engine,
    clock,
    store,
    logPosition: () => recovery.position(),
    nodesHere: () => workloads.here(),
    execHere: (lab, node, argv) => workloads.execHere(lab, node, argv),
  })
  const mesh: Mesh = options.createMesh({
    identity,
    protocol: options.protocol,
    meshId: identity.meshId,
    listen: { port: options.ports.libp2p },
    roster: () => engine.roster?.hosts ?? [],
    ...ears({ engine, loop, inbox, forwarding, log, roleOf: (host) => roleOf(engine, host), count }),
    onRequest: requests,
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
    reconcile: () => reconciler.trigger(),
  })

  const tellFacts = (): void => {
    const facts = readHostFacts()
    loop.dispatch({ type: 'facts', cpuFree: facts.freeCpus, memFreeMiB: facts.freeMemoryMib })
  }

  return {
    ...createFace({
      engine,
      identity,
      clock,
      version: options.version,
      store,
      loop,
      mesh: () => mesh,
      proposals,
      admission,
      hosts,
      recovery,
      workloads,
      counters,
    }),
    start: async () => {
      tellFacts()
      await mesh.start()
      timers.push(
        setInterval(() => loop.dispatch({ type: 'tick' }), TICK_MS),
        setInterval(tellFacts, FACTS_MS),
        setInterval(() => void inbox.keep().catch(options.onFatal), KEEP_FRESHNESS_MS),
      )
      reconciler.trigger()
      watching.start()
    },
    resign: () => resign(engine, loop),
    stop: async () => {
      for (const timer of timers) clearInterval(timer)
      await watching.stop()
      await reconciler.stop()
      await mesh.stop()
      await loop.idle()
      await inbox.keep()
    },
  }
}
