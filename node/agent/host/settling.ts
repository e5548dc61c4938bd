import type { Engine } from '#core/engine/engine.ts'
import { intentOf } from '#core/engine/labs.ts'
import { labOf, type Resource, type Workload } from '#core/model/resource.ts'
import type { Clock } from '#platform/clock.ts'

/** Time to hear what became of the labs from the first host met: an exchange of records takes well under a second, a busy one some. */
const SETTLE_MS = 10_000

export interface SettlingOptions {
  readonly engine: Pick<Engine, 'self' | 'roster' | 'membership' | 'book' | 'active'>
  readonly clock: Clock
}

/**
 * What may be removed. A host that has just started knows too little: its data may be lost or old, and what runs here may well be wanted.
 * So what it knows nothing of stays until it has met another host, and some seconds longer.
 */
export class Settling {
  readonly #options: SettlingOptions
  #metMs: number | undefined

  constructor(options: SettlingOptions) {
    this.#options = options
  }

  /** Whether it is known what is to become of the lab a resource is of; of no lab, it is this host's own. */
  mayRemove(resource: Resource): boolean {
    const lab = labOf(resource)
    if (lab === undefined) return true
    if (resource.kind === 'workload' && this.#isLost(resource)) return false
    return this.knows(lab)
  }

  /** Whether what is known of a lab is enough to remove what is not wanted of it. */
  knows(lab: string): boolean {
    return this.#isKnown(lab) || this.leftMs() <= 0
  }

  /** Milliseconds until all may be removed; infinite before another host was met. */
  leftMs(): number {
    const nowMs = this.#options.clock.monotonicMs()
    if (this.#metMs === undefined && this.#meets()) this.#metMs = nowMs
    return this.#metMs === undefined ? Number.POSITIVE_INFINITY : this.#metMs + SETTLE_MS - nowMs
  }

  /** The node was placed on a host that is no member now. That may have been this one before it joined anew, so what runs is kept until the node is placed again. */
  #isLost({ lab, node }: Workload): boolean {
    const { active, roster } = this.#options.engine
    const place = active.get(lab)?.assignment.hosts[node]
    return place !== undefined && roster?.hosts.find(({ id }) => id === place)?.state !== 'admitted'
  }

  /** A wish without its assignment says nothing yet: both travel alone, and what is here may be what was assigned. */
  #isKnown(lab: string): boolean {
    const { book, active } = this.#options.engine
    const record = book.get('intent', lab)
    return active.has(lab) || (record !== undefined && intentOf(record) === null)
  }

  /** True as well where there is nobody to meet. */
  #meets(): boolean {
    const { self, roster, membership } = this.#options.engine
    if (roster === undefined) return false
    const others = roster.hosts.filter(({ id, state }) => state === 'admitted' && id !== self)
    return others.length === 0 || others.some(({ id }) => membership.isAlive(id))
  }
}
