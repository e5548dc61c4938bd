import type { HostId } from '../model/ids.ts'

/** TCP and UDP ports given out on a host: below the kernel's ephemeral range, which starts at 32768. */
export const PORT_RANGE = [20_000, 29_999] as const

/** Name of the pool with a host's ports. */
export const portPoolName = (host: HostId): string => `port/${host}`

/** Name of the pool with the VLAN tags of a host's bridge. */
export const vlanPoolName = (host: HostId): string => `vlan/${host}`

/** Whether a pool is one of VLAN tags. */
export const isVlanPool = (pool: string): boolean => pool.startsWith('vlan/')

/** The host a pool belongs to; undefined for pools of the whole mesh. */
export function poolHost(pool: string): HostId | undefined {
  const host = /^(?:port|vlan)\/(.+)$/.exec(pool)?.[1]
  return host === undefined ? undefined : (host as HostId)
}
