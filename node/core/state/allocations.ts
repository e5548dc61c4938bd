import { formatIpv4, formatMac } from '../allocation/address.ts'
import { poolHost } from '../allocation/port.ts'
import type { HostName } from '../model/ids.ts'
import { own } from '../model/own.ts'
import { compareText } from '../record/version.ts'
import type { State } from './state.ts'

/** One number given out, as `skein allocation ls` shows it. */
export interface AllocationRow {
  /** `mac`, `overlay`, `port`, `vlan`, `vni`. */
  readonly pool: string
  /** A number, or an address in its usual form. */
  readonly value: number | string
  /** Only for pools of one host. */
  readonly host?: HostName
  readonly owner: string
  readonly sinceMs: number
}

/** Everything given out, by pool, host and value. */
export function listAllocations(state: State): readonly AllocationRow[] {
  return Object.entries(state.pools)
    .map(([name, pool]) => ({ pool, kind: kindOf(name), host: hostName(state, name) }))
    .sort((a, b) => compareText(a.kind, b.kind) || compareText(a.host ?? '', b.host ?? ''))
    .flatMap(({ pool, kind, host }) =>
      Object.entries(pool.held).map(([value, { owner, sinceMs }]) => ({
        pool: kind,
        value: show(kind, Number(value)),
        ...(host === undefined ? {} : { host }),
        owner,
        sinceMs,
      })),
    )
}

const kindOf = (name: string): string => name.split('/')[0] ?? name

function hostName(state: State, pool: string): HostName | undefined {
  const host = poolHost(pool)
  return host === undefined ? undefined : ((own(state.roster, host)?.name ?? host) as HostName)
}

function show(kind: string, value: number): number | string {
  if (kind === 'mac') return formatMac(value)
  return kind === 'overlay' ? formatIpv4(value) : value
}
