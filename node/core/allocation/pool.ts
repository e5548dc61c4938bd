import { putSpan, type Spans, spansOf, takeLowest } from './spans.ts'
import { type Draft, type Due, dueTable, type Table, textTable } from './table.ts'

/** Numbers to give out, who has which, and which rest before they are given again. Never changed; each step makes another. */
export interface Pool {
  /** Both ends belong to it. */
  readonly range: Range
  readonly owners: Table<string, Holding>
  /** What can be given out. A number is here, or at rest, or some owner's: nowhere twice. */
  readonly free: Spans
  /** By end of the rest and first number, the last number of a span. */
  readonly resting: Table<Due<number>, number>
  /** How many numbers owners hold. */
  readonly held: number
  /** How many numbers rest. */
  readonly atRest: number
}

export type Range = readonly [from: number, to: number]

/** What one owner has of one pool, given at one time. */
export interface Holding {
  /** Ascending, at least one. */
  readonly values: readonly number[]
  readonly sinceMs: number
  /** When the lease ends; null for never. */
  readonly untilMs: number | null
}

/** Time now, and how long a freed value rests. */
export interface PoolClock {
  readonly nowMs: number
  readonly restMs: number
}

/** A pool while one step changes it. */
export interface PoolDraft {
  readonly range: Range
  readonly owners: Draft<string, Holding>
  readonly free: Draft<number, number>
  readonly resting: Draft<Due<number>, number>
  held: number
  atRest: number
}

/** A pool nobody holds anything of. */
export const emptyPool = (from: number, to: number): Pool => ({
  range: [from, to],
  owners: textTable(),
  free: spansOf(from, to),
  resting: dueTable(),
  held: 0,
  atRest: 0,
})

/** A draft of `pool` in which what has rested by `nowMs` is free again. The finished draft is a pool. */
export function draftOf(pool: Pool, nowMs: number): PoolDraft {
  const draft: PoolDraft = {
    ...pool,
    owners: pool.owners.clone(),
    free: pool.free.clone(),
    resting: pool.resting.clone(),
  }
  for (let due = draft.resting.minKey(); due !== undefined && due[0] <= nowMs; due = draft.resting.minKey()) {
    const last = draft.resting.get(due) ?? due[1]
    draft.resting.delete(due)
    draft.atRest -= last - due[1] + 1
    putSpan(draft.free, due[1], last)
  }
  return draft
}

const freeIn = ({ range, held, atRest }: PoolDraft): number => range[1] - range[0] + 1 - held - atRest

/** Gives the owner the `count` lowest free numbers, or none where there are fewer. It must not hold any yet. */
export function give(
  draft: PoolDraft,
  owner: string,
  { count, ...since }: { readonly count: number } & Omit<Holding, 'values'>,
): readonly number[] | undefined {
  if (freeIn(draft) < count) return undefined
  const values = takeLowest(draft.free, count)
  draft.owners.set(owner, { values, ...since })
  draft.held += count
  return values
}

/** Takes back what the owner holds; it rests from now on. How many numbers that were. */
export function takeBack(draft: PoolDraft, owner: string, { nowMs, restMs }: PoolClock): number {
  const values = draft.owners.get(owner)?.values ?? []
  draft.owners.delete(owner)
  for (const value of values) draft.resting.set([nowMs + restMs, value], value)
  draft.held -= values.length
  draft.atRest += values.length
  return values.length
}

/** Every owner whose name starts with `prefix`, with its first number. */
export function heldUnder(pool: Pick<Pool, 'owners'>, prefix: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const [owner, { values }] of pool.owners.entries(prefix)) {
    if (!owner.startsWith(prefix)) break
    for (const value of values.slice(0, 1)) found.set(owner, value)
  }
  return found
}

/** How much of a pool is in use at a time, and when the first resting number is free again (null where none rests). */
export interface PoolCounts {
  readonly free: number
  readonly inUse: number
  readonly resting: number
  readonly freeAgainAtMs: number | null
}

/** Counts at a time. */
export function countsOf(pool: Pool, nowMs: number): PoolCounts {
  const draft = draftOf(pool, nowMs)
  return {
    free: freeIn(draft),
    inUse: draft.held,
    resting: draft.atRest,
    freeAgainAtMs: draft.resting.minKey()?.[0] ?? null,
  }
}

/** Who shall hold one value each: all of `owners`, and nobody else whose name starts with `prefix`. */
export interface Claim extends PoolClock {
  readonly prefix: string
  readonly owners: readonly string[]
}

/**
 * Makes a claim true: who holds a value keeps it, the missing get the lowest free ones in the order of `owners`, the rest under the
 * prefix is freed. Undefined where there are too few values; then nothing changed. Values freed by the claim itself rest too.
 */
export function claim(
  pool: Pool,
  wish: Claim,
): { readonly pool: Pool; readonly values: ReadonlyMap<string, number> } | undefined {
  const before = heldUnder(pool, wish.prefix)
  const owners = new Set(wish.owners)
  const missing = [...owners].filter((owner) => !before.has(owner))
  const leftOver = [...before.keys()].filter((owner) => !owners.has(owner))
  if (missing.length === 0 && leftOver.length === 0) return { pool, values: before }
  const draft = draftOf(pool, wish.nowMs)
  if (freeIn(draft) < missing.length) return undefined
  const values = new Map(before)
  for (const owner of missing) {
    for (const value of give(draft, owner, { count: 1, sinceMs: wish.nowMs, untilMs: null }) ?? [])
      values.set(owner, value)
  }
  for (const owner of leftOver) {
    takeBack(draft, owner, wish)
    values.delete(owner)
  }
  return { pool: draft, values }
}
