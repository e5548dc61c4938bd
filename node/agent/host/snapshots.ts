import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { LabName, NodeName, ResourceId } from '#core/model/ids.ts'
import type { Resource, Workload } from '#core/model/resource.ts'
import type { NodeSnapshot, Snapshots } from '#drivers/snapshots.ts'
import { message } from './look.ts'

/** Of one lab node; more are seldom looked at again, and each takes disk. */
export const MAX_SNAPSHOTS = 10

export interface HostSnapshotsOptions {
  readonly engine: Pick<Engine, 'active'>
  readonly drivers: readonly Snapshots[]
  /** Whether it is known what is to become of a lab. */
  knows(lab: LabName): boolean
  /** Looks at this host and makes what is of a lab whole again; resolves when nothing more can be done at once, or after a while. */
  mend(lab: LabName): Promise<void>
}

/** What was done about one lab node. */
export interface SnapshotDone {
  readonly node: string
  readonly ok: boolean
  /** Why it failed; null where it did not. */
  readonly message: string | null
}

/** What another host asks of this one. */
export const SnapshotAsk = z.object({
  verb: z.enum(['take', 'restore', 'remove']),
  lab: z.string(),
  nodes: z.array(z.string()).max(10_000),
  name: z.string().max(63),
})
export type SnapshotAsk = z.infer<typeof SnapshotAsk>

/** Keeps and puts back what is in the lab nodes of this host. While one is worked on nothing else is done to it. */
export class HostSnapshots {
  readonly #options: HostSnapshotsOptions
  readonly #held = new Set<ResourceId>()
  #seen: readonly Workload[] = []
  /** Labs that were active when last looked; what was kept of one that is no more is to go. */
  #labs: ReadonlySet<string> = new Set()
  #isTidy = false

  constructor(options: HostSnapshotsOptions) {
    this.#options = options
  }

  /** What the last look at the host found. */
  saw(seen: readonly Resource[]): void {
    this.#seen = seen.filter((resource) => resource.kind === 'workload')
  }

  /** Whether a resource is worked on, so that others leave it alone. */
  isHeld(id: ResourceId): boolean {
    return this.#held.has(id)
  }

  /** Those of a lab on this host, also of nodes that are not here any more. */
  async list(lab: string): Promise<readonly NodeSnapshot[]> {
    const lists = this.#options.drivers.map((driver) => this.#listOf(driver, lab as LabName))
    return (await Promise.all(lists)).flat()
  }

  /** All nodes asked for at once, each told for itself. Never rejects. */
  async carryOut({ verb, lab, nodes, name }: SnapshotAsk): Promise<readonly SnapshotDone[]> {
    const done = nodes.map(async (node): Promise<SnapshotDone> => {
      try {
        await this.#one({ verb, lab: lab as LabName, node: node as NodeName, name })
        return { node, ok: true, message: null }
      } catch (error) {
        return { node, ok: false, message: message(error) }
      }
    })
    const all = await Promise.all(done)
    // What was put back is to be there with its links when that is told.
    if (verb === 'remove') return all
    await this.#options.mend(lab as LabName)
    return all
  }

  /** Removes what was kept of labs that are gone. Before each series of looks; asks the engines only where there is a reason. */
  async tidy(): Promise<void> {
    const { engine, drivers, knows } = this.#options
    const labs = new Set<string>(engine.active.keys())
    if ([...this.#labs].some((lab) => !labs.has(lab))) this.#isTidy = false
    this.#labs = labs
    if (this.#isTidy) return
    let isTidy = true
    const mayGo = (lab: LabName): boolean => {
      if (labs.has(lab)) return false
      isTidy = knows(lab) && isTidy
      return knows(lab)
    }
    const ends = await Promise.allSettled(drivers.map((driver) => driver.keepOnly(mayGo)))
    this.#isTidy = ends.every((end) => end.status === 'fulfilled' && end.value) && isTidy
  }

  /** An engine that is not there keeps nothing. */
  async #listOf(driver: Snapshots, lab: LabName): Promise<readonly NodeSnapshot[]> {
    try {
      return await driver.list(lab, this.#seen)
    } catch (error) {
      if (error instanceof MeshError && error.code === 'TOOL_MISSING') return []
      throw error
    }
  }

  async #one({ verb, lab, node, name }: Wish): Promise<void> {
    const workload = this.#seen.find((one) => one.lab === lab && one.node === node)
    if (verb === 'remove') {
      for (const driver of this.#options.drivers) await removeFrom(driver, { lab, node, workload }, name)
      return
    }
    const driver = this.#options.drivers.find(({ provider }) => provider === workload?.provider)
    if (workload === undefined || driver === undefined)
      throw new MeshError('NOT_FOUND', `node ${node} of lab ${lab} is not here now`)
    if (this.#held.has(workload.id)) throw new MeshError('BUSY', `node ${node} of lab ${lab} is worked on already`)
    this.#held.add(workload.id)
    try {
      await (verb === 'take' ? driver.take(workload, name) : driver.restore(workload, name))
    } finally {
      this.#held.delete(workload.id)
    }
  }
}

interface Wish {
  readonly verb: SnapshotAsk['verb']
  readonly lab: LabName
  readonly node: NodeName
  readonly name: string
}

const removeFrom = async (driver: Snapshots, ...of: Parameters<Snapshots['remove']>): Promise<void> => {
  try {
    await driver.remove(...of)
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== 'TOOL_MISSING') throw error
  }
}
