import { type Network, parseNetwork, sizeOf } from './ip.ts'
import type { Pool, PoolClock, PoolDraft } from './pool.ts'
import { takeOne } from './spans.ts'

/** Name of the pool with the addresses of a management network: `mgmt` is the mesh's own. */
export const mgmtPoolName = (ipv4Subnet: string, ownCidr: string): string =>
  ipv4Subnet === ownCidr ? 'mgmt' : `mgmt/${ipv4Subnet}`

/** The addresses of an IPv4 network that can be given out: all but its own and that of broadcasts. */
export function addressRange(cidr: string): readonly [from: number, to: number] {
  const network: Network = parseNetwork(cidr) ?? { bits: 32, value: 0n, prefix: 32 }
  return [Number(network.value) + 1, Number(network.value + sizeOf(network)) - 2]
}

/** All addresses of an IPv4 network. */
export function wholeRange(cidr: string): readonly [from: number, to: number] {
  const [from, to] = addressRange(cidr)
  return [from - 1, to + 1]
}

/** Where in a pool to look, and from which end. */
export interface Search {
  readonly range: readonly [from: number, to: number]
  readonly from: 'low' | 'high'
  readonly mayTake?: (value: number) => boolean
}

/** Gives the owner a free number of a part of the pool; undefined where there is none. It must not hold any yet. */
export function giveWithin(
  draft: PoolDraft,
  owner: string,
  { range, from, ...rest }: Search & PoolClock,
): number | undefined {
  const spans = [...draft.free.entries(range[0])].filter(([, first]) => first <= range[1])
  for (const [last, first] of from === 'low' ? spans : spans.toReversed()) {
    const [low, high] = [Math.max(first, range[0]), Math.min(last, range[1])]
    for (let step = 0; step <= high - low; step += 1) {
      const value = from === 'low' ? low + step : high - step
      if (rest.mayTake !== undefined && !rest.mayTake(value)) continue
      takeOne(draft.free, value)
      draft.owners.set(owner, { values: [value], sinceMs: rest.nowMs, untilMs: null })
      draft.held += 1
      return value
    }
  }
  return undefined
}

/** Who holds a number of a pool. Looks at all owners. */
export function holderOf(pool: Pick<Pool, 'owners'>, value: number): string | undefined {
  for (const [owner, { values }] of pool.owners.entries()) if (values.includes(value)) return owner
  return undefined
}
