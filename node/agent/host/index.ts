import type { NodeName } from '#core/model/ids.ts'
import type { LabStatus } from '#core/model/lab.ts'
import { own } from '#core/model/own.ts'
import { labOf, subject } from '#core/model/resource.ts'
import type { Mesh } from '#mesh/mesh.ts'
import { systemRandom } from '#platform/random.ts'
import { Consoles } from '../console/consoles.ts'
import { LabConsoles } from '../console/lab-consoles.ts'
import type { News } from '../feed/news.ts'
import { HostImages } from '../images/index.ts'
import type { AgentOptions } from '../options.ts'
import type { HostPaths } from '../paths/paths.ts'
import { HostWork } from './host-work.ts'
import { LabFiles } from './lab-files.ts'
import { LabReconcile } from './lab-reconcile.ts'
import { LabSnapshots } from './lab-snapshots.ts'
import { LabStreams } from './lab-streams.ts'
import { PostStart } from './post-start.ts'
import { Reconciler } from './reconciler.ts'
import { Restarts } from './restarts.ts'
import { runOnHost } from './run-on-host.ts'
import { HostSnapshots } from './snapshots.ts'
import { StartFiles } from './start-files.ts'
import { HostStreams } from './streams.ts'
import { Watching } from './watching.ts'
import type { Datapath } from './wishes.ts'
import { Workloads } from './workloads.ts'

type Given =
  | 'engine'
  | 'identity'
  | 'store'
  | 'exec'
  | 'follow'
  | 'drivers'
  | 'clock'
  | 'log'
  | 'labFolder'
  | 'ports'
  | 'sweepMs'
  | 'detect'
  | 'execIn'
  | 'streams'
  | 'snapshots'
  | 'restart'
  | 'images'
  | 'watcher'

export interface HostSideOptions extends Pick<AgentOptions, Given> {
  count(code: string): void
  /** Made later than this side is. */
  mesh(): Pick<Mesh, 'connected' | 'request' | 'stream' | 'duplex'>
  paths(): HostPaths
  news(): Pick<News, 'passed' | 'did' | 'source' | 'feed'>
  /** What is worth telling of a lab besides. */
  notes(lab: string): readonly string[]
  /** What this host sees of a lab; null once nothing of it is left here. */
  onStatus(lab: string, status: LabStatus | null): void
}

/** All that makes this host match what is asked of it, and sees what it is like. */
export interface HostSide {
  readonly work: HostWork
  readonly reconciler: Reconciler
  readonly workloads: Workloads
  readonly labReconcile: LabReconcile
  readonly streams: LabStreams
  readonly consoles: LabConsoles
  readonly images: HostImages
  readonly snapshots: HostSnapshots
  readonly labSnapshots: LabSnapshots
  readonly restarts: Restarts
  start(): void
  stop(): Promise<void>
}

/** A node that is put back is mended within seconds; what takes longer goes on by itself. */
const MEND_MS = 20_000

/** Puts the host's side of an agent together; nothing runs before `start`. */
export function createHostSide(options: HostSideOptions): HostSide {
  const { engine, identity, store, clock, log, count, mesh, paths, news } = options
  let datapath: Datapath | undefined
  const files = new LabFiles({
    folder: options.labFolder,
    store,
    log,
    peers: () => mesh().connected(),
    fetch: async (peer, sha256) => (await mesh().request(peer, 'blob', { sha256 }, 30_000)) as string | null,
    changed: () => reconciler.trigger(),
  })
  const images = new HostImages({
    ...options,
    peers: () => mesh().connected(),
    request: (...ask) => mesh().request(...ask),
    stream: (...ask) => mesh().stream(...ask),
    changed: () => reconciler.trigger(),
    tell: (told) => news().feed.tell(told),
  })
  const starting = new StartFiles({
    engine,
    store,
    log,
    peers: () => mesh().connected(),
    fetch: async (peer, sha256) => (await mesh().request(peer, 'blob', { sha256 }, 30_000)) as string | null,
    folder: (lab) => files.folder(lab),
    changed: () => reconciler.trigger(),
  })
  const postStart = new PostStart({
    clock,
    store,
    log,
    run: options.execIn,
    runOnHost: (argv) => runOnHost(options.exec, argv),
    folder: (lab) => files.folder(lab),
    changed: () => reconciler.trigger(),
  })
  const work = new HostWork({
    engine,
    identity,
    clock,
    files,
    images,
    starting,
    postStart,
    ports: options.ports,
    path: (host) => paths().probes.chosen(host),
    formerEndpoints: (host) => paths().formerEndpoints(host),
    isTunnelSilent: (host) => paths().tunnels.isSilent(host),
    datapath: () => datapath ?? { datapath: 'netdev', txOffload: false },
    look: () => reconciler.trigger(),
    notes: options.notes,
    onStatus: options.onStatus,
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
      await files.keepOnly(engine.active)
      await images.keepOnly(reconciler.seen)
      await snapshots.tidy()
    },
    wanted: (seen) => work.wanted(seen),
    may: (op) => !snapshots.isHeld(subject(op).id) && !restarts.isHeld(subject(op).id) && work.may(op),
    nextMs: () => work.nextMs(),
    onPass: (pass) => {
      options.watcher?.pass(pass)
      workloads.saw(pass.seen)
      consoles.saw()
      snapshots.saw(pass.seen)
      news().passed(pass)
      work.report(pass)
    },
    onOp: (outcome) => {
      options.watcher?.op(outcome)
      news().did(outcome)
    },
  })
  const watching = new Watching({
    ...options,
    count,
    seen: () => reconciler.seen,
    lookedMs: () => reconciler.lookedMs,
    trigger: () => reconciler.trigger(),
    onSource: (...what) => news().source(...what),
  })
  const workloads = new Workloads({
    engine,
    execIn: options.execIn,
    request: (...ask) => mesh().request(...ask),
  })
  const mend = async (lab: string): Promise<void> => {
    await reconciler.hurry((resource) => labOf(resource) === undefined || labOf(resource) === lab, MEND_MS)
  }
  const snapshots: HostSnapshots = new HostSnapshots({
    engine,
    drivers: options.snapshots,
    knows: (lab) => work.knows(lab),
    mend,
  })
  const restarts: Restarts = new Restarts({
    engine,
    workload: (id) => workloads.of(id),
    isHeld: (id) => snapshots.isHeld(id),
    restart: options.restart,
    mend,
    request: (host, body, timeoutMs) => mesh().request(host, 'restart', body, timeoutMs),
  })
  const labSnapshots = new LabSnapshots({
    engine,
    here: snapshots,
    request: (...ask) => mesh().request(...ask),
  })
  const streams = new LabStreams({
    engine,
    here: new HostStreams({ ...options.streams, engine, clock, workload: (id) => workloads.of(id) }),
    stream: (...ask) => mesh().stream(...ask),
    giveImage: (...ask) => images.give(...ask),
  })
  const consoles: Consoles = new Consoles({
    name: identity.name,
    clock,
    commandOf: (lab, node) => engine.active.get(lab)?.intent.nodes.find(({ name }) => name === node)?.software?.console,
    workload: (id) => workloads.of(id),
    isAssigned: (lab, node) => own(engine.active.get(lab)?.assignment.hosts ?? {}, node as NodeName) === engine.self,
    openTerminal: (...ask) => options.streams.openTerminal(...ask),
    tell: (told) => news().feed.tell(told),
    newId: () => Buffer.from(systemRandom.bytes(16)).toString('base64url'),
  })
  const labReconcile = new LabReconcile({
    engine,
    reconciler,
    request: (host, body, timeoutMs) => mesh().request(host, 'reconcile', body, timeoutMs),
  })
  return {
    work,
    reconciler,
    workloads,
    labReconcile,
    streams,
    consoles: new LabConsoles({ engine, here: consoles, duplex: (...ask) => mesh().duplex(...ask) }),
    images,
    snapshots,
    labSnapshots,
    restarts,
    start: () => {
      reconciler.trigger()
      watching.start()
    },
    stop: async () => {
      await consoles.stop()
      await watching.stop()
      await images.stop()
      await reconciler.stop()
    },
  }
}
