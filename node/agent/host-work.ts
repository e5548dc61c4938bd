import { createHash } from 'node:crypto'
import type { Engine } from '#core/engine/engine.ts'
import type { ActiveLab } from '#core/engine/labs.ts'
import type { HostId, NodeName, ResourceId } from '#core/model/ids.ts'
import type { LabNode, LabStatus } from '#core/model/lab.ts'
import type { Op, Resource, Workload } from '#core/model/resource.ts'
import { portId, workloadId } from '#core/model/resource-ids.ts'
import { desired } from '#core/plan/desired.ts'
import { labStatus } from '#core/plan/status.ts'
import { BRIDGE_NAME, containerName, nicDevice, vtepDevice, WG_INTERFACE_NAME } from '#drivers/owner-mark.ts'
import type { Identity } from '#identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { LabFiles } from './lab-files.ts'
import type { PostStart } from './post-start.ts'
import type { Pass } from './reconciler.ts'

/** What the bridge of this host can do, asked once of Open vSwitch. */
export interface Datapath {
  readonly datapath: 'system' | 'netdev'
  readonly txOffload: boolean
}

export interface HostWorkOptions {
  readonly engine: Engine
  readonly identity: Identity
  readonly clock: Clock
  readonly files: LabFiles
  readonly postStart: PostStart
  readonly ports: { readonly wireguard: number; readonly vxlan: number }
  datapath(): Datapath
  /** What this host sees of a lab; null once nothing of it is left here. */
  onStatus(lab: string, status: LabStatus | null): void
}

/** A host that has just started removes nothing of a lab before it could hear whether the lab still is wanted. */
const SETTLE_MS = 10_000

/** A pass, with what was seen by id. */
interface Look extends Pass {
  readonly byId: ReadonlyMap<ResourceId, Resource>
}

/** This host's share of all labs: what it must have, what may be done now, and what is to be told of it. */
export class HostWork {
  readonly #options: HostWorkOptions
  readonly #startMs: number
  /** When each lab was first wanted here, for start-up delays. */
  readonly #sinceMs = new Map<string, number>()

  constructor(options: HostWorkOptions) {
    this.#options = options
    this.#startMs = options.clock.monotonicMs()
  }

  wanted(seen: readonly Resource[]): readonly Resource[] {
    const { engine, identity, files, ports } = this.#options
    const roster = engine.roster?.hosts ?? []
    const own = roster.find((host) => host.id === engine.self)
    if (own === undefined) return []
    const { datapath, txOffload } = this.#options.datapath()
    return desired({
      self: engine.self,
      host: { name: own.name, overlayAddress: own.overlayAddress },
      meshId: identity.meshId,
      roster,
      labs: [...engine.active.values()],
      bridge: { name: BRIDGE_NAME, datapath },
      txOffload,
      wg: {
        privateKeyFile: identity.wireguard.privateKeyFile,
        publicKey: identity.wireguard.publicKey,
        listenPort: ports.wireguard,
        interface: WG_INTERFACE_NAME,
      },
      names: {
        container: (intent, node) => containerName(intent.prefix, intent.name, node),
        nicDevice,
        vtepDevice,
      },
      labFolder: (lab) => files.folder(lab),
      vxlanPort: ports.vxlan,
      seen,
      digest: (text) => createHash('sha256').update(text).digest('hex').slice(0, 32),
    })
  }

  may(op: Op): boolean {
    if (op.type === 'delete') return this.#settleLeftMs() <= 0 || isAccountedFor(op.from, this.#options.engine)
    const resource = op.to
    if (resource.kind !== 'workload') return true
    const active = this.#options.engine.active.get(resource.lab)
    const node = active?.intent.nodes.find((node) => node.name === resource.node)
    if (active === undefined || node === undefined) return false
    return (
      this.#options.files.isReady(active.intent) &&
      this.#options.clock.monotonicMs() - this.#since(resource.lab) >= node.startupDelayMs
    )
  }

  /** Milliseconds until something may be done that may not yet; undefined where nothing waits for time alone. */
  nextMs(): number | undefined {
    const nowMs = this.#options.clock.monotonicMs()
    const delays = [...this.#options.engine.active.values()].flatMap(({ intent }) =>
      intent.nodes.map((node) => this.#since(intent.name) + node.startupDelayMs - nowMs),
    )
    const left = [...delays, this.#settleLeftMs()].filter((ms) => ms > 0)
    return left.length === 0 ? undefined : Math.min(...left)
  }

  /** Tells the engine what this host sees of each lab. */
  report(pass: Pass): void {
    const { engine, onStatus } = this.#options
    const seen = new Map(pass.seen.map((resource) => [resource.id, resource]))
    for (const lab of this.#sinceMs.keys()) if (!engine.active.has(lab)) this.#sinceMs.delete(lab)
    for (const [lab, active] of engine.active) onStatus(lab, this.#status(active, { ...pass, byId: seen }))
    const held = engine.book.of('status').filter((record) => record.author === engine.self && record.body !== null)
    for (const record of held) {
      const lab = record.key.slice(engine.self.length + 1)
      if (lab === '' || engine.active.has(lab)) continue
      if (!pass.seen.some((resource) => 'lab' in resource && resource.lab === lab)) onStatus(lab, null)
    }
  }

  #settleLeftMs(): number {
    return this.#startMs + SETTLE_MS - this.#options.clock.monotonicMs()
  }

  #since(lab: string): number {
    const known = this.#sinceMs.get(lab)
    if (known !== undefined) return known
    const nowMs = this.#options.clock.monotonicMs()
    this.#sinceMs.set(lab, nowMs)
    return nowMs
  }

  #status(active: ActiveLab, pass: Look): LabStatus {
    const { engine, postStart, files } = this.#options
    const here = localNodes(active, engine.self)
    const failures = new Map(pass.failures)
    const missing = files.missing(active.intent.name)
    if (missing !== undefined) for (const node of here) failures.set(workloadId(active.intent.name, node.name), missing)
    const ready = new Set<NodeName>(here.filter((node) => this.#isReady(active, node, pass)).map((node) => node.name))
    const notes = postStart.notes(
      active.intent.name,
      here.map((node) => node.name),
    )
    return labStatus({ self: engine.self, ...active, wanted: pass.wanted, seen: pass.seen, failures, ready, notes })
  }

  #isReady(active: ActiveLab, node: LabNode, { wanted, byId: seen }: Look): boolean {
    const workload = seen.get(workloadId(active.intent.name, node.name)) as Workload | undefined
    if (workload?.state !== 'running') return false
    const nics = wanted.filter((resource) => resource.kind === 'nic' && resource.workload === workload.id)
    const linked = nics.every((nic) => {
      const there = seen.get(nic.id)
      return (
        nic.kind === 'nic' &&
        there?.kind === 'nic' &&
        there.fault === undefined &&
        there.pid === workload.pid &&
        seen.has(portId(nic.hostName))
      )
    })
    const ends = active.intent.segments.flatMap((segment) => segment.endpoints.filter((end) => end.node === node.name))
    return this.#options.postStart.isDone(node, workload, linked && nics.length === ends.length)
  }
}

/** The nodes of a lab that run on this host. */
const localNodes = ({ intent, assignment }: ActiveLab, self: HostId): readonly LabNode[] =>
  intent.nodes.filter((node) => node.kind !== 'bridge' && assignment.hosts[node.name] === self)

/** Whether this host has heard what is to become of the lab a resource belongs to. */
const isAccountedFor = (resource: Resource, engine: Engine): boolean => {
  const lab = 'lab' in resource ? resource.lab : resource.kind === 'port' ? resource.owner.split('/')[0] : undefined
  return lab === undefined || engine.book.get('intent', lab) !== undefined
}
