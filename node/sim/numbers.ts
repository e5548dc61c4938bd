import { Violation } from './violation.ts'

interface Held {
  readonly owner: string
  /** When a lease ends; null: never. */
  endMs: number | null
}

/** A number's name: `vni/4096`, `vlan/<host id>/7`. */
export type NumberKey = `${string}/${number | string}`

/** Own books of who holds which number and which rest, for one rest time. Throws a Violation where somebody is given what he must not have. */
export class Numbers {
  readonly #restMs: number
  readonly #held = new Map<NumberKey, Held>()
  readonly #freedMs = new Map<NumberKey, number>()
  /** Numbers of an earlier epoch that only these may have. */
  readonly #keptBack = new Map<NumberKey, string>()

  constructor(restMs: number) {
    this.#restMs = restMs
  }

  /** Ends the leases that are due; how many numbers they held. */
  endLeases(nowMs: number): number {
    return this.#free(({ endMs }) => endMs !== null && endMs <= nowMs, nowMs)
  }

  /** What owners whose name passes hold. */
  of(isOwner: (owner: string) => boolean): readonly NumberKey[] {
    return [...this.#held].filter(([, { owner }]) => isOwner(owner)).map(([key]) => key)
  }

  /** Frees what such owners hold, but for the numbers `kept`; how many that were. */
  release(isOwner: (owner: string) => boolean, nowMs: number, kept: ReadonlySet<NumberKey> = new Set()): number {
    return this.#free(({ owner }, key) => isOwner(owner) && !kept.has(key), nowMs)
  }

  /** Gives a number, or finds that this owner holds it already. Returns whether it was held by somebody before. */
  take(key: NumberKey, owner: string, nowMs: number): 'kept' | 'fresh' | 'reused' {
    const held = this.#held.get(key)
    if (held !== undefined && held.owner !== owner)
      throw new Violation(`${key} is given to ${owner} while ${held.owner} holds it`)
    if (held !== undefined) return 'kept'
    const earlier = this.#keptBack.get(key) ?? owner
    if (earlier !== owner)
      throw new Violation(`${key} is given to ${owner}, but an earlier epoch gave it to ${earlier}`)
    const freedMs = this.#freedMs.get(key)
    const restedMs = nowMs - (freedMs ?? Number.NEGATIVE_INFINITY)
    if (restedMs < this.#restMs)
      throw new Violation(`${key} is given to ${owner} after a rest of ${restedMs} ms, not ${this.#restMs}`)
    this.#held.set(key, { owner, endMs: null })
    return freedMs === undefined ? 'fresh' : 'reused'
  }

  /** Sets the end of a lease. */
  lease(key: NumberKey, endMs: number): void {
    const held = this.#held.get(key)
    if (held !== undefined) held.endMs = endMs
  }

  /** The numbers of a range that could be given out. */
  free(pool: string, [from, to]: readonly [number, number], nowMs: number): readonly number[] {
    const free: number[] = []
    for (let value = from; value <= to; value++) {
      const freedMs = this.#freedMs.get(`${pool}/${value}`) ?? Number.NEGATIVE_INFINITY
      if (!this.#held.has(`${pool}/${value}`) && nowMs - freedMs >= this.#restMs) free.push(value)
    }
    return free
  }

  /** The held numbers of a pool. */
  valuesOf(pool: string): readonly number[] {
    return [...this.#held.keys()].filter((key) => key.startsWith(`${pool}/`)).map((key) => Number(key.split('/')[1]))
  }

  /** Numbers of the pool up to `untilValue` that `other` has and these books have not belong to whom they belong there. */
  keepBack(other: Numbers, pool: string, untilValue: number): void {
    for (const value of other.valuesOf(pool)) {
      const key: NumberKey = `${pool}/${value}`
      const owner = other.#held.get(key)?.owner
      if (value <= untilValue && owner !== undefined && !this.#held.has(key)) this.#keptBack.set(key, owner)
    }
  }

  /** Forgets a whole pool. */
  drop(pool: string): void {
    for (const map of [this.#held, this.#freedMs])
      for (const key of map.keys()) if (key.startsWith(`${pool}/`)) map.delete(key)
  }

  /** Every number that is held, with its owner, sorted. */
  list(): readonly string[] {
    return [...this.#held].map(([key, { owner }]) => `${key} ${owner}`).sort()
  }

  #free(isDue: (held: Held, key: NumberKey) => boolean, nowMs: number): number {
    let count = 0
    for (const [key, held] of this.#held) {
      if (!isDue(held, key)) continue
      this.#held.delete(key)
      this.#freedMs.set(key, nowMs)
      count++
    }
    return count
  }
}
