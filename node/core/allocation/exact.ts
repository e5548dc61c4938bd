import { draftOf, heldUnder, type Pool, type PoolClock, type PoolDraft, takeBack } from './pool.ts'
import { takeOne, without } from './spans.ts'
import { dueTable } from './table.ts'

/** What the owners under `prefix` shall hold, exactly: a number each. */
export interface ExactClaim extends PoolClock {
  readonly prefix: string
  readonly wanted: ReadonlyMap<string, number>
}

/** A number that cannot be had, and who has it: null where it is no number of the pool, or is wanted twice. */
export interface Clash {
  readonly value: number
  readonly owner: string | null
}

/**
 * Makes an exact claim true, for decisions made elsewhere that are carried out already: a number at rest is taken too. What else is
 * held under the prefix is freed. The first clash where a number is not to be had; then nothing changed.
 */
export function claimExactly(pool: Pool, { prefix, wanted, ...clock }: ExactClaim): Pool | Clash {
  const draft = draftOf(pool, clock.nowMs)
  const before = heldUnder(pool, prefix)
  const kept = [...wanted].filter(([owner, value]) => before.get(owner) === value)
  const keeps = new Set(kept.map(([owner]) => owner))
  for (const owner of before.keys()) if (!keeps.has(owner)) takeBack(draft, owner, clock)
  const missing = [...wanted].filter(([owner]) => !keeps.has(owner))
  const rested = missing.filter(([, value]) => !takeOne(draft.free, value)).map(([, value]) => value)
  const lacking = takeRested(draft, rested)
  if (lacking !== undefined) return { value: lacking, owner: ownerOf(pool, lacking) }
  for (const [owner, value] of missing)
    draft.owners.set(owner, { values: [value], sinceMs: clock.nowMs, untilMs: null })
  draft.held += missing.length
  return draft
}

/** Takes these numbers out of those at rest; one that is not there, where there is one. */
function takeRested(draft: PoolDraft, values: readonly number[]): number | undefined {
  const wanted = new Set(values)
  if (wanted.size < values.length) return values.find((value, at) => values.indexOf(value) !== at)
  if (wanted.size === 0) return undefined
  const sorted = [...wanted].sort((a, b) => a - b)
  for (const [due, last] of [...draft.resting.entries()]) {
    const inside = between(sorted, due[1], last)
    if (inside.length === 0) continue
    draft.resting.delete(due)
    for (const [end, first] of without(due[1], last, inside).entries()) draft.resting.set([due[0], first], end)
    draft.atRest -= inside.length
    for (const value of inside) wanted.delete(value)
  }
  return [...wanted][0]
}

/** The values from `first` to `last` of an ascending list. */
function between(sorted: readonly number[], first: number, last: number): readonly number[] {
  let low = 0
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) < first) low = middle + 1
    else high = middle
  }
  let end = low
  while ((sorted[end] ?? Number.POSITIVE_INFINITY) <= last) end += 1
  return sorted.slice(low, end)
}

/** Who holds a number; null where nobody does. Looks at all owners: for messages only. */
function ownerOf(pool: Pool, value: number): string | null {
  for (const [owner, { values }] of pool.owners.entries()) if (values.includes(value)) return owner
  return null
}

/**
 * Lets every number rest until `untilMs` that others may have given out unseen: what rests already, what is free below the highest
 * number in use or at rest, and the next `beyond` above it, but no more than a quarter of the range.
 */
export function quarantine(
  pool: Pool,
  { untilMs, beyond }: { readonly untilMs: number; readonly beyond: number },
): Pool {
  const [from, to] = pool.range
  let highest = from - 1
  for (const [owner, { values }] of pool.owners.entries())
    if (!owner.startsWith(FROM_ABOVE)) for (const value of values) highest = Math.max(highest, value)
  for (const [, last] of pool.resting.entries()) highest = Math.max(highest, last)
  const end = Math.min(to, highest + Math.min(beyond, Math.ceil((to - from + 1) / 4)))
  const resting = dueTable<number, number>().clone()
  const inUse = valuesOf(pool)
  const below = inUse.filter((value) => value <= end)
  for (const [last, first] of without(from, end, below).entries()) resting.set([untilMs, first], last)
  const atRest = end - from + 1 - below.length
  const free = without(end + 1, to, inUse.slice(below.length))
  return { ...pool, free, resting, atRest }
}

/** Hosts have the last addresses of their management networks: they say nothing of how far the others were given. */
const FROM_ABOVE = 'mgmt/'

/** Every number held, ascending. */
export const valuesOf = (pool: Pick<Pool, 'owners'>): readonly number[] =>
  [...pool.owners.entries()].flatMap(([, { values }]) => values).sort((a, b) => a - b)
