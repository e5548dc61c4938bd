import type { Holding, Pool, Range } from './pool.ts'
import { without } from './spans.ts'
import { dueTable, textTable } from './table.ts'

/** A pool as JSON: what is free follows from the rest. */
export interface PoolJson {
  /** Owner, since, until (0 for ever), values. */
  readonly held: readonly (readonly [string, number, number, ...number[]])[]
  /** End of the rest, first and last number. */
  readonly resting: readonly (readonly [number, number, number])[]
}

/** JSON, in one order whatever the history. */
export const encodePool = (pool: Pool): PoolJson => ({
  held: [...pool.owners.entries()].map(([owner, { values, sinceMs, untilMs }]) => [
    owner,
    sinceMs,
    untilMs ?? 0,
    ...values,
  ]),
  resting: [...pool.resting.entries()].map(([[untilMs, first], last]) => [untilMs, first, last]),
})

/** The pool told by JSON of the right shape; what is wrong with it in words where a number is out of range or there twice. */
export function decodePool(range: Range, json: PoolJson): Pool | string {
  const owners = textTable<Holding>().clone()
  const resting = dueTable<number, number>().clone()
  const taken: number[] = []
  for (const [owner, sinceMs, untilMs, ...values] of json.held) {
    if (values.length === 0 || !owners.set(owner, { values, sinceMs, untilMs: untilMs === 0 ? null : untilMs }))
      return `${owner} is listed twice, or holds nothing`
    for (const value of values) taken.push(value)
  }
  const held = taken.length
  for (const [untilMs, first, last] of json.resting) {
    if (first > last || first < range[0] || last > range[1]) return `${first} to ${last} rest outside of the pool`
    resting.set([untilMs, first], last)
    for (let value = first; value <= last; value += 1) taken.push(value)
  }
  taken.sort((a, b) => a - b)
  const wrong = taken.find((value, at) => value < range[0] || value > range[1] || value === taken[at - 1])
  if (wrong !== undefined) return `${wrong} is there twice, or outside of the pool`
  return { range, owners, free: without(...range, taken), resting, held, atRest: taken.length - held }
}
