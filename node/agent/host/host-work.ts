import type { HostId, ResourceId } from '#core/model/ids.ts'
import type { Op, Resource } from '#core/model/resource.ts'
import type { WantedLab } from '#core/plan/desired.ts'
import type { HostImages } from '../images/index.ts'
import { LabStages } from './lab-stages.ts'
import { Permissions, type PermissionsOptions } from './permissions.ts'
import type { Pass } from './reconciler.ts'
import { Reports, type ReportsOptions } from './reports.ts'
import type { StartFiles } from './start-files.ts'
import { type WishesOptions, wishes } from './wishes.ts'

type Parts = WishesOptions & Omit<PermissionsOptions, 'stages'> & Omit<ReportsOptions, 'stages'>

export interface HostWorkOptions extends Parts {
  /** What nodes start with; none where no node starts with anything. */
  readonly starting?: Pick<StartFiles, 'isReady' | 'missing'>
  readonly images: Pick<HostImages, 'mayPull' | 'doing' | 'problems' | 'heed'>
  /** Asks for a look at this host. */
  look(): void
}

/** This host's share of all labs: what it must have, what may be done now, and what is to be told of it. */
export class HostWork {
  readonly #options: HostWorkOptions
  readonly #stages: LabStages
  readonly #permissions: Permissions
  readonly #reports: Reports
  /** What the last look found. */
  #seen: ReadonlyMap<ResourceId, Resource> = new Map()

  constructor(options: HostWorkOptions) {
    const stages = new LabStages({ ...options, seen: (id) => this.#seen.get(id) })
    this.#options = options
    this.#stages = stages
    this.#permissions = new Permissions({ ...options, stages })
    this.#reports = new Reports({ ...options, stages })
  }

  /** Everything this host must have; remembers what was seen. */
  wanted(seen: readonly Resource[]): readonly Resource[] {
    const { engine } = this.#options
    this.#seen = new Map(seen.map((resource) => [resource.id, resource]))
    return this.wantedOn(engine.self, [...engine.active.values()], seen)
  }

  /** The same for any host and labs, by what is known here: how another host is reached, and what its bridge can do, is taken to be as here. */
  wantedOn(self: HostId, labs: readonly WantedLab[], seen: readonly Resource[]): readonly Resource[] {
    return wishes(this.#options, { self, labs, seen })
  }

  /** Whether what is known of a lab is enough to remove what is not wanted of it. */
  knows(lab: string): boolean {
    return this.#permissions.knows(lab)
  }

  /** Whether this may be done now. */
  may(op: Op): boolean {
    return this.#permissions.may(op)
  }

  /** Milliseconds until something may be done that may not yet; undefined where nothing waits for time alone. */
  nextMs(): number | undefined {
    return this.#permissions.nextMs()
  }

  /** Tells the engine what this host sees of each lab. */
  report(look: Pass): void {
    this.#permissions.keepOnly(this.#options.engine.active)
    this.#reports.report(look)
  }

  /** Everything this host had to have at the last look. */
  get lastWanted(): readonly Resource[] {
    return this.#reports.lastWanted
  }

  /** Heeds what other hosts tell: a node that waited for theirs goes on, and who is cut off from this one, or no longer, is told. */
  heed(): void {
    if (this.#stages.isAnyFreed()) this.#options.look()
    this.#options.images.heed()
    const look = this.#reports.outdated()
    if (look !== undefined) this.report(look)
  }
}
