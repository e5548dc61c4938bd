import type { FeedTold } from '#core/model/feed.ts'
import type { ResourceId } from '#core/model/ids.ts'
import { MGMT_LAB } from '#core/model/mgmt.ts'
import { labOf, type Op, subject } from '#core/model/resource.ts'
import { describe, type HostTruth } from '#core/plan/cause.ts'
import type { Clock } from '#platform/clock.ts'
import type { Outcome, Pass } from '../host/reconciler.ts'
import { Wishes } from './wishes.ts'

export interface RepairNewsOptions {
  readonly clock: Clock
  tell(told: FeedTold): void
  /** The name of the host with this overlay address. */
  readonly peerName: HostTruth['peerName']
}

/** Something that was seen as it should be, with all it stands on. */
interface Right {
  /** What was wanted then of it and of all it stands on: another wish is no damage. */
  readonly wish: string
  /** Since when it is not so any more, and why; undefined while it is. */
  readonly wrong?: { readonly sinceMs: number; readonly reason: string }
}

/** Tells of repairs: ops on what had been seen right under the same wish. What belongs to a new lab is none. */
export class RepairNews {
  readonly #options: RepairNewsOptions
  readonly #wishes = new Wishes()
  readonly #right = new Map<ResourceId, Right>()
  readonly #tries = new Map<ResourceId, number>()

  constructor(options: RepairNewsOptions) {
    this.#options = options
  }

  /** A look at the host, before what it found is worked on. */
  passed({ wanted, seen, troubles }: Pass): void {
    const there = new Set(seen.map(({ id }) => id))
    const ids = new Set(wanted.map(({ id }) => id))
    for (const id of this.#right.keys()) if (!ids.has(id)) this.#right.delete(id)
    for (const id of this.#tries.keys()) if (!troubles.has(id)) this.#tries.delete(id)
    const isRight = (id: ResourceId): boolean => !troubles.has(id) && there.has(id)
    for (const [id, { wish, standsOn }] of this.#wishes.of(wanted)) {
      const trouble = troubles.get(id)
      if (trouble?.doing.type === 'blind') continue
      const known = this.#right.get(id)
      if (isRight(id) && standsOn.every(isRight)) this.#right.set(id, { wish })
      else if (known?.wish !== wish) this.#right.delete(id)
      else if (!isRight(id) && known.wrong === undefined) this.#missed(id, wish, trouble?.reason)
    }
  }

  #missed(id: ResourceId, wish: string, reason = 'missing'): void {
    const sinceMs = this.#options.clock.monotonicMs()
    this.#right.set(id, { wish, wrong: { sinceMs, reason } })
  }

  /** An op was carried out, or was not. */
  did({ op, ok, message }: Outcome): void {
    const { id } = subject(op)
    const known = this.#right.get(id)
    if (!ok) this.#failed(op, message ?? 'it failed')
    // Something that is made again is deleted first: that alone mends nothing.
    if (!ok || op.type === 'delete' || known?.wrong === undefined) return
    const tookMs = Math.round(this.#options.clock.monotonicMs() - known.wrong.sinceMs)
    this.#right.set(id, { wish: known.wish })
    this.#tries.delete(id)
    this.#tell(op, {
      level: 'info',
      code: 'REPAIRED',
      message: `${this.#name(op)} was mended in ${tookMs} ms: ${known.wrong.reason}`,
    })
  }

  /** The first failure, and then at twice as many: the pauses between grow as well. */
  #failed(op: Op, message: string): void {
    const { id } = subject(op)
    const tries = (this.#tries.get(id) ?? 0) + 1
    this.#tries.set(id, tries)
    if ((tries & (tries - 1)) !== 0) return
    const verb = { create: 'made', update: 'changed', delete: 'removed' }[op.type]
    const which = tries === 1 ? '' : ` (${tries} tries)`
    const name = this.#name(op)
    this.#tell(op, { level: 'warn', code: 'REPAIR_FAILED', message: `${name} cannot be ${verb}${which}: ${message}` })
  }

  #name(op: Op): string {
    return describe(subject(op), this.#options)
  }

  #tell(op: Op, told: Pick<FeedTold, 'level' | 'code' | 'message'>): void {
    const resource = subject(op)
    const lab = labOf(resource) === MGMT_LAB ? undefined : labOf(resource)
    this.#options.tell({ ...told, about: resource.id, ...(lab === undefined ? {} : { lab }) })
  }
}
