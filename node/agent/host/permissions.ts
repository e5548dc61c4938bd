import type { Engine } from '#core/engine/engine.ts'
import { endImpairments, nextFlapMs } from '#core/impairment/ends.ts'
import type { NodeName } from '#core/model/ids.ts'
import { own } from '#core/model/own.ts'
import { type Image, labOf, type Op, type Resource } from '#core/model/resource.ts'
import { nodeOf } from '#drivers/owner-mark.ts'
import type { Clock } from '#platform/clock.ts'
import type { HostImages } from '../images/index.ts'
import type { LabFiles } from './lab-files.ts'
import type { LabStages } from './lab-stages.ts'
import { Settling } from './settling.ts'
import type { StartFiles } from './start-files.ts'

export interface PermissionsOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly files: LabFiles
  /** What nodes start with; none where no node starts with anything. */
  readonly starting?: Pick<StartFiles, 'isReady'>
  readonly images: Pick<HostImages, 'mayPull'>
  readonly stages: LabStages
}

/** How often a host that has met nobody yet looks whether it has. */
const LONELY_MS = 10_000

/** What may be done on this host now of what is to be done, and when more may be. */
export class Permissions {
  readonly #options: PermissionsOptions
  readonly #settling: Settling
  /** When each lab was first wanted here, for start-up delays. */
  readonly #sinceMs = new Map<string, number>()

  constructor(options: PermissionsOptions) {
    this.#options = options
    this.#settling = new Settling(options)
  }

  /** Whether what is known of a lab is enough to remove what is not wanted of it. */
  knows(lab: string): boolean {
    return this.#settling.knows(lab)
  }

  /** Forgets since when all other labs were wanted. */
  keepOnly(labs: ReadonlyMap<string, unknown>): void {
    for (const lab of this.#sinceMs.keys()) if (!labs.has(lab)) this.#sinceMs.delete(lab)
  }

  may(op: Op): boolean {
    if (op.type === 'delete') return this.#settling.mayRemove(op.from) && this.#mayRemake(op.from)
    const resource = op.to
    if (resource.kind === 'image') return this.#mayImport(resource) && this.#options.images.mayPull(resource)
    if (resource.kind !== 'workload') return this.#options.stages.mayDo(op)
    const active = this.#options.engine.active.get(resource.lab)
    const node = active?.intent.nodes.find((node) => node.name === resource.node)
    if (active === undefined || node === undefined) return false
    // Asked before the clock: what has just begun began not later than now.
    const sinceMs = this.#since(resource.lab)
    return (
      this.#options.files.isReady(active.intent) &&
      (!isFirstStart(op) || this.#options.starting?.isReady(active, node) !== false) &&
      this.#options.clock.monotonicMs() - sinceMs >= node.startupDelayMs &&
      this.#options.stages.mayDo(op)
    )
  }

  /** An image that is made of files of a lab waits for them. */
  #mayImport({ files: paths = [] }: Image): boolean {
    const { engine, files } = this.#options
    const labs = [...engine.active.values()].filter(({ intent }) =>
      paths.some((path) => path.startsWith(`${files.folder(intent.name)}/`)),
    )
    return labs.every(({ intent }) => files.isReady(intent))
  }

  /** A node that is made again goes on running, with its links, until the files of the new one are here. */
  #mayRemake(resource: Resource): boolean {
    if (resource.fault !== undefined || (resource.kind === 'workload' && resource.state !== 'running')) return true
    const { engine, files } = this.#options
    const active = engine.active.get(labOf(resource) ?? '')
    const node = pluggedInto(resource)
    if (active === undefined || node === undefined) return true
    return own(active.assignment.hosts, node) !== engine.self || files.isReady(active.intent)
  }

  /** Milliseconds until something may be done that may not yet; undefined where nothing waits for time alone. */
  nextMs(): number | undefined {
    const nowMs = this.#options.clock.monotonicMs()
    const delays = [...this.#options.engine.active.values()].flatMap(({ intent }) =>
      intent.nodes.map((node) => this.#since(intent.name) + node.startupDelayMs - nowMs),
    )
    const settleMs = this.#settling.leftMs()
    const left = [...delays, Number.isFinite(settleMs) ? settleMs : LONELY_MS, ...this.#nextFlapMs()].filter(
      (ms) => ms > 0,
    )
    return left.length === 0 ? undefined : Math.min(...left)
  }

  /** Milliseconds until the next flapping link with an end here turns; empty where none does. */
  #nextFlapMs(): readonly number[] {
    const { engine, clock } = this.#options
    const flapping = [...engine.active.values()].flatMap(({ intent, assignment }) =>
      [...endImpairments(intent)].flatMap(([key, end]) =>
        own(assignment.hosts, nodeOf(key)) === engine.self ? [end] : [],
      ),
    )
    const nextMs = nextFlapMs(flapping, clock.nowMs())
    return nextMs === undefined ? [] : [Math.ceil(nextMs)]
  }

  #since(lab: string): number {
    const known = this.#sinceMs.get(lab)
    if (known !== undefined) return known
    const nowMs = this.#options.clock.monotonicMs()
    this.#sinceMs.set(lab, nowMs)
    return nowMs
  }
}

/** Whether a container is made, or was made and has never been started: then it gets the files it starts with. */
const isFirstStart = (op: Op): boolean => {
  if (op.type !== 'update' || op.from.kind !== 'workload' || op.to.kind !== 'workload') return true
  return op.from.specHash !== op.to.specHash || op.from.fault !== undefined || op.from.state === 'created'
}

/** The lab node a resource is, or is plugged into; undefined where it is neither. */
const pluggedInto = (resource: Resource): NodeName | undefined => {
  if (resource.kind === 'workload') return resource.node
  const end = resource.kind === 'nic' ? resource.endpoint : resource.kind === 'port' ? resource.owner.split('/')[1] : ''
  const [node = '', interfaceName] = (end ?? '').split(':')
  return interfaceName === undefined ? undefined : (node as NodeName)
}
