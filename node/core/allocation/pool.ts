/** Numbers to give out, who has which, and which rest before they are given again. JSON. */
export interface Pool {
  /** Both ends belong to it. */
  readonly range: readonly [from: number, to: number]
  /** By value. */
  readonly held: Readonly<Record<string, Holding>>
  /** When a value was freed, in ms, by value. */
  readonly resting: Readonly<Record<string, number>>
}

interface Holding {
  readonly owner: string
  readonly sinceMs: number
}

/** Time now, and how long a freed value rests. */
export interface PoolClock {
  readonly nowMs: number
  readonly restMs: number
}

/** Who shall hold one value each: all of `owners`, and nobody else whose name starts with `prefix`. */
export interface Claim extends PoolClock {
  readonly prefix: string
  readonly owners: readonly string[]
}

/** A pool nobody holds anything of. */
export const emptyPool = (from: number, to: number): Pool => ({ range: [from, to], held: {}, resting: {} })

/** Every value held by an owner whose name starts with `prefix`, by owner. */
export function heldUnder(pool: Pool, prefix: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const [value, { owner }] of Object.entries(pool.held))
    if (owner.startsWith(prefix)) found.set(owner, Number(value))
  return found
}

/** How many values could be given out now. */
export function countFree(pool: Pool, clock: PoolClock): number {
  const resting = Object.values(pool.resting).filter((freedAtMs) => isResting(freedAtMs, clock)).length
  return pool.range[1] - pool.range[0] + 1 - Object.keys(pool.held).length - resting
}

const isResting = (freedAtMs: number | undefined, { nowMs, restMs }: PoolClock): boolean =>
  freedAtMs !== undefined && nowMs - freedAtMs < restMs

function lowestFree(pool: Pool, count: number, clock: PoolClock): readonly number[] | undefined {
  const found: number[] = []
  for (let value = pool.range[0]; value <= pool.range[1] && found.length < count; value += 1) {
    if (pool.held[value] === undefined && !isResting(pool.resting[value], clock)) found.push(value)
  }
  return found.length === count ? found : undefined
}

/**
 * Gives each owner the lowest value that is free and has rested, in the order of `owners`.
 * Undefined where there are too few; then nothing changed.
 */
export function allocate(
  pool: Pool,
  owners: readonly string[],
  clock: PoolClock,
): { readonly pool: Pool; readonly values: readonly number[] } | undefined {
  if (owners.length === 0) return { pool, values: [] }
  const values = lowestFree(pool, owners.length, clock)
  if (!values) return undefined
  const held: Record<string, Holding> = { ...pool.held }
  const resting: Record<string, number> = {}
  for (const [value, freedAtMs] of Object.entries(pool.resting))
    if (isResting(freedAtMs, clock)) resting[value] = freedAtMs
  owners.forEach((owner, at) => {
    const value = values[at]
    if (value !== undefined) held[value] = { owner, sinceMs: clock.nowMs }
  })
  return { pool: { range: pool.range, held, resting }, values }
}

/** Frees every held value that is `chosen`; it rests from `nowMs` on. */
export function release(pool: Pool, chosen: (owner: string, value: number) => boolean, nowMs: number): Pool {
  const held: Record<string, Holding> = {}
  const resting: Record<string, number> = { ...pool.resting }
  let freed = 0
  for (const [value, holding] of Object.entries(pool.held)) {
    if (chosen(holding.owner, Number(value))) {
      resting[value] = nowMs
      freed += 1
    } else held[value] = holding
  }
  return freed === 0 ? pool : { range: pool.range, held, resting }
}

/**
 * Makes a claim true: who holds a value keeps it, the missing get the lowest free ones, the rest under the prefix is freed.
 * Undefined where there are too few values; then nothing changed. Values freed by the claim itself rest too.
 */
export function claim(
  pool: Pool,
  wish: Claim,
): { readonly pool: Pool; readonly values: ReadonlyMap<string, number> } | undefined {
  const before = heldUnder(pool, wish.prefix)
  const owners = new Set(wish.owners)
  const missing = [...owners].filter((owner) => !before.has(owner))
  const given = allocate(pool, missing, wish)
  if (!given) return undefined
  const values = new Map([...before].filter(([owner]) => owners.has(owner)))
  const isLeftOver = (owner: string): boolean => before.has(owner) && !owners.has(owner)
  const next = values.size === before.size ? given.pool : release(given.pool, isLeftOver, wish.nowMs)
  missing.forEach((owner, at) => {
    const value = given.values[at]
    if (value !== undefined) values.set(owner, value)
  })
  return { pool: next, values }
}
