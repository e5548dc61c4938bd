import { MeshError } from '#core/model/errors.ts'
import type { ResourceId } from '#core/model/ids.ts'
import type { Resource } from '#core/model/resource.ts'
import type { Trouble } from '#core/plan/cause.ts'
import type { Driver } from '#drivers/driver.ts'
import type { Clock } from '#platform/clock.ts'
import type { Exec } from '#platform/exec.ts'
import type { Logger } from '#platform/log.ts'

export interface LookOptions {
  /** Those that make what others stand on come first; workloads are looked for before what goes into their namespaces. */
  readonly drivers: readonly Driver[]
  readonly exec: Exec
  readonly log: Logger
}

/** What was read back of a host. */
export interface Look {
  readonly seen: readonly Resource[]
  /** Sorts of resources whose tool did not answer, and what it said: they are not judged at all. */
  readonly blind: ReadonlyMap<Sort, string>
}

/** What a driver read, or why it could not. */
type Read = { readonly resources: readonly Resource[] } | { readonly error: string }

interface Reading {
  readonly sinceMs: number
  readonly read: Promise<Read>
}

/** A tool that takes longer holds up the truth of all others no more: it is read on beside, and meanwhile nothing can be said of what is its. */
const PATIENCE_MS = 2_000
/** But on a busy machine all of them are slow: one that took long lately may take so many times as long, up to a limit. */
const PATIENCE_TIMES = 4
const LONGEST_PATIENCE_MS = 10_000
/** With each read that is quicker, what one took before counts less. */
const FADING = 0.7

/** Reads the host, again and again. */
export class Eyes {
  readonly #options: LookOptions & { readonly clock: Clock }
  readonly #onLate: () => void
  /** Those that were not waited for. */
  readonly #late = new Map<Driver, Reading>()
  /** How long reads took lately. */
  readonly #tookMs = new Map<Driver, number>()

  /** `onLate`: one that was not waited for has been read. */
  constructor(options: LookOptions & { readonly clock: Clock }, onLate: () => void) {
    this.#options = options
    this.#onLate = onLate
  }

  /** When a look that begins now will have begun to read, by the monotonic clock: what happened before, it sees. */
  beginsMs(): number {
    return Math.min(this.#options.clock.monotonicMs(), ...[...this.#late.values()].map(({ sinceMs }) => sinceMs))
  }

  async look(): Promise<Look> {
    const seen: Resource[] = []
    const blind = new Map<Sort, string>()
    const one = async (driver: Driver): Promise<void> => {
      const read = await this.#read(driver, seen)
      if ('resources' in read) seen.push(...read.resources)
      else for (const sort of SORTS.filter((sort) => ownsSort(driver, sort))) blind.set(sort, read.error)
    }
    const { drivers } = this.#options
    const isFirst = (driver: Driver): boolean =>
      driver === drivers[0] || WORKLOADS.some((sort) => ownsSort(driver, sort))
    const [first, rest] = [drivers.filter(isFirst), drivers.filter((driver) => !isFirst(driver))]
    await Promise.all(first.map(one))
    await Promise.all(rest.map(one))
    return { seen, blind }
  }

  async #read(driver: Driver, seen: readonly Resource[]): Promise<Read> {
    const late = this.#late.get(driver)
    const reading = late ?? this.#begin(driver, seen)
    const { promise, resolve } = Promise.withResolvers<null>()
    const timer = setTimeout(() => resolve(null), late === undefined ? this.#patienceMs(driver) : 0)
    const read = await Promise.race([reading.read, promise])
    clearTimeout(timer)
    if (read !== null) {
      this.#late.delete(driver)
      return read
    }
    if (late === undefined) {
      this.#late.set(driver, reading)
      void reading.read.then(this.#onLate)
    }
    const lastedS = Math.round((this.#options.clock.monotonicMs() - reading.sinceMs) / 1000)
    return { error: `${driver.name} cannot be read: no answer for ${lastedS} s` }
  }

  #patienceMs(driver: Driver): number {
    const usualMs = (this.#tookMs.get(driver) ?? 0) * PATIENCE_TIMES
    return Math.min(LONGEST_PATIENCE_MS, Math.max(PATIENCE_MS, usualMs))
  }

  /** Never rejects. */
  #begin(driver: Driver, seen: readonly Resource[]): Reading {
    const { exec, log, clock } = this.#options
    const sinceMs = clock.monotonicMs()
    const read = driver.observe(exec, seen).then(
      (resources) => ({ resources }),
      (error: unknown) => {
        log.warn({ driver: driver.name, error: message(error) }, 'cannot read the host')
        return { error: message(error) }
      },
    )
    void read.then(() => {
      const before = this.#tookMs.get(driver) ?? 0
      this.#tookMs.set(driver, Math.max(clock.monotonicMs() - sinceMs, before * FADING))
    })
    return { sinceMs, read }
  }
}

/** What of `wanted` nothing can be said of. */
export const unread = (wanted: readonly Resource[], { blind }: Pick<Look, 'blind'>): ReadonlyMap<ResourceId, Unread> =>
  new Map(
    wanted.flatMap((resource): (readonly [ResourceId, Unread])[] => {
      const error = blind.get(sortOf(resource))
      return error === undefined
        ? []
        : [[resource.id, { reason: 'nothing can be read', doing: { type: 'blind', error } }]]
    }),
  )

interface Unread extends Trouble {
  readonly doing: { readonly type: 'blind'; readonly error: string }
}

const KINDS: readonly Resource['kind'][] = [
  'image',
  'workload',
  'ext-container',
  'host-bridge',
  'bridge',
  'wire',
  'nic',
  'port',
  'vtep',
  'shaper',
  'wg-interface',
  'wg-peer',
  'outlet',
]

/** A kind, or that of another provider than docker: each is read by a tool of its own. */
export type Sort = Resource['kind'] | 'workload of lxd' | 'image of lxd'

/** What a resource is read as. */
export const sortOf = (resource: Resource): Sort => {
  const isLxd = (resource.kind === 'workload' || resource.kind === 'image') && resource.provider === 'lxd'
  return isLxd ? `${resource.kind} of lxd` : resource.kind
}

const WORKLOADS: readonly Sort[] = ['workload', 'workload of lxd', 'ext-container']
const SORTS: readonly Sort[] = [...KINDS, 'workload of lxd', 'image of lxd']

const ownsSort = (driver: Driver, sort: Sort): boolean => {
  const [kind, , provider = 'docker'] = sort.split(' ')
  return driver.owns({ kind, provider } as Resource)
}

/** What an error says to people. */
export const message = (error: unknown): string =>
  error instanceof MeshError ? error.message : `unexpected: ${String(error)}`
