import type { HostName } from '../model/ids.ts'
import { hostName, kindOf } from './allocations.ts'
import type { State } from './state.ts'

/** How full a pool is. */
export interface PoolTotals {
  /** As in {@link listAllocations}. */
  readonly pool: string
  /** Only for pools of one host. */
  readonly host?: HostName
  /** How many numbers it has, how many are given out and how many rest before they are given again. */
  readonly size: number
  readonly held: number
  readonly resting: number
}

/** Every pool somebody has had something of, by kind and host: subnets of one kind count together. */
export function poolTotals(state: State): readonly PoolTotals[] {
  const totals = new Map<string, PoolTotals>()
  for (const [name, { range, held, atRest }] of state.pools.entries()) {
    const host = hostName(state, name)
    const pool = kindOf(name)
    const key = `${pool}/${host ?? ''}`
    const before = totals.get(key) ?? { size: 0, held: 0, resting: 0 }
    totals.set(key, {
      pool,
      ...(host === undefined ? {} : { host }),
      size: before.size + range[1] - range[0] + 1,
      held: before.held + held,
      resting: before.resting + atRest,
    })
  }
  return [...totals.values()]
}
