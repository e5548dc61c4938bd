import { draftOf, type PoolDraft, takeBack } from '../allocation/pool.ts'
import type { Due } from '../allocation/table.ts'
import { clockOf, poolOf, type State, withPools } from './state.ts'

interface Lease {
  readonly pool: string
  readonly owner: string
}

const NIC = 'nic/'

/** What a held NIC is called among the leases. */
export const nicPool = (nic: string): string => `${NIC}${nic}`

const isNicPool = (pool: string): boolean => pool.startsWith(NIC)

/** Who holds in the pools what a test uses. */
export const testOwner = (test: number): string => `test/${test}`

/** The key of a lease: neither pools nor those who reserve have a space in their names. */
export const leaseKey = (untilMs: number, { pool, owner }: Lease): Due<string> => [untilMs, `${pool} ${owner}`]

/** The leases with the end of one moved; null is no end. */
export function moveLease(
  leases: State['leases'],
  lease: Lease,
  { from, to }: { readonly from: number | null; readonly to: number | null },
): State['leases'] {
  if (from === to) return leases
  const next = leases.clone()
  if (from !== null) next.delete(leaseKey(from, lease))
  if (to !== null) next.set(leaseKey(to, lease), true)
  return next
}

/** When the next lease ends, by the state's time; undefined where none does. */
export const nextLeaseEndMs = (state: State): number | undefined => state.leases.minKey()?.[0]

/** The state without the leases that are due at its time, and how many numbers they held. */
export function endLeases(state: State): { readonly state: State; readonly count: number } {
  const first = nextLeaseEndMs(state)
  if (first === undefined || first > state.nowMs) return { state, count: 0 }
  const leases = state.leases.clone()
  const nics = state.nics.clone()
  const pools = new Map<string, PoolDraft>()
  let count = 0
  for (let due = leases.minKey(); due !== undefined && due[0] <= state.nowMs; due = leases.minKey()) {
    leases.delete(due)
    const [name = '', owner = ''] = due[1].split(' ')
    if (isNicPool(name)) {
      nics.delete(name.slice(NIC.length))
      continue
    }
    const pool = pools.get(name) ?? draftOf(poolOf(state, name), state.nowMs)
    count += takeBack(pool, owner, clockOf(state))
    pools.set(name, pool)
  }
  return { state: { ...state, leases, nics, pools: withPools(state, pools) }, count }
}
