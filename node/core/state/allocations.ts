import { formatIpv4, formatMac } from '../allocation/address.ts'
import type { Pool } from '../allocation/pool.ts'
import { poolHost, showPublished } from '../allocation/port.ts'
import type { HostName } from '../model/ids.ts'
import { own } from '../model/own.ts'
import { compareText } from '../record/version.ts'
import type { State } from './state.ts'

/** One number given out, as `skein allocation ls` shows it. */
export interface AllocationRow {
  /** `mac`, `mgmt`, `overlay`, `port`, `publish`, `vlan`, `vni`. */
  readonly pool: string
  /** A number, or an address in its usual form. */
  readonly value: number | string
  /** Only for pools of one host. */
  readonly host?: HostName
  readonly owner: string
  readonly sinceMs: number
  /** When a lease ends; absent where it has no end. */
  readonly untilMs?: number
}

/** Everything given out, by pool, host and value. */
export function listAllocations(state: State): readonly AllocationRow[] {
  return [...state.pools.entries()]
    .map(([name, pool]) => ({ pool, kind: kindOf(name), host: hostName(state, name) }))
    .sort((a, b) => compareText(a.kind, b.kind) || compareText(a.host ?? '', b.host ?? ''))
    .flatMap(({ pool, kind, host }) =>
      holdings(pool).map(({ value, owner, sinceMs, untilMs }) => ({
        pool: kind,
        value: show(kind, value),
        ...(host === undefined ? {} : { host }),
        owner,
        sinceMs,
        ...(untilMs === null ? {} : { untilMs }),
      })),
    )
}

const holdings = (pool: Pool) =>
  [...pool.owners.entries()]
    .flatMap(([owner, { values, ...times }]) => values.map((value) => ({ value, owner, ...times })))
    .sort((a, b) => a.value - b.value)

/** A number of a pool as people write it; `pool` may name a host as well. */
export const showValue = (pool: string, value: number): number | string => show(kindOf(pool), value)

/** The kind of a pool, by its name. */
export const kindOf = (name: string): string => name.split('/')[0] ?? name

/** The name of the host whose pool this is; undefined for pools of the whole mesh. */
export function hostName(state: State, pool: string): HostName | undefined {
  const host = poolHost(pool)
  return host === undefined ? undefined : ((own(state.roster, host)?.name ?? host) as HostName)
}

function show(kind: string, value: number): number | string {
  if (kind === 'mac') return formatMac(value)
  if (kind === 'publish') return showPublished(value)
  return kind === 'overlay' || kind === 'mgmt' ? formatIpv4(value) : value
}
