import { formatIpv4, formatMac } from '../allocation/address.ts'
import type { Pool } from '../allocation/pool.ts'
import { poolHost, showPublished } from '../allocation/port.ts'
import type { HostName } from '../model/ids.ts'
import { own } from '../model/own.ts'
import { compareText } from '../record/version.ts'
import { testOwner } from './leases.ts'
import type { State } from './state.ts'

/** One number given out, as `skein allocation ls` shows it. */
export interface AllocationRow {
  /** `mac`, `mgmt`, `nic`, `overlay`, `port`, `publish`, `vlan`, `vni`. */
  readonly pool: string
  /** A number, or an address in its usual form; of `nic`, the host or attached machine. */
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
  const rows = [...state.pools.entries()].flatMap(([name, pool]) => {
    const kind = kindOf(name)
    const host = hostName(state, name)
    return holdings(pool).map(({ value, ...held }) => rowOf({ pool: kind, value: show(kind, value), host, ...held }))
  })
  return [...rows, ...nicRows(state)].sort(
    (a, b) => compareText(a.pool, b.pool) || compareText(a.host ?? '', b.host ?? ''),
  )
}

/** NICs and attached machines that tests have to themselves. */
const nicRows = (state: State): readonly AllocationRow[] =>
  [...state.nics.entries()].map(([nic, { test, ...times }]) => {
    const [kind, id = ''] = nic.split('/')
    const host = kind === 'host' ? ((own(state.roster, id)?.name ?? id) as HostName) : undefined
    return rowOf({ pool: 'nic', value: host ?? id, host, owner: testOwner(test), ...times })
  })

const rowOf = ({
  host,
  untilMs,
  ...row
}: Omit<AllocationRow, 'host' | 'untilMs'> & {
  readonly host: HostName | undefined
  readonly untilMs: number | null
}): AllocationRow => ({
  ...row,
  ...(host === undefined ? {} : { host }),
  ...(untilMs === null ? {} : { untilMs }),
})

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
