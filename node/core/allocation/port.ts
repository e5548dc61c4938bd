import type { HostId } from '../model/ids.ts'

/** TCP and UDP ports given out on a host: below the kernel's ephemeral range, which starts at 32768. */
export const PORT_RANGE = [20_000, 29_999] as const

/** Name of the pool with a host's ports. */
export const portPoolName = (host: HostId): string => `port/${host}`

/** Name of the pool with the ports of a host that lead to lab nodes, of any number. */
export const publishPoolName = (host: HostId): string => `publish/${host}`

/** A port as a number of such a pool: UDP's come after TCP's. */
export const publishValue = (port: number, protocol: 'tcp' | 'udp'): number =>
  port + (protocol === 'udp' ? UDP_FROM : 0)

/** The inverse of {@link publishValue}, as `8080/tcp`. */
export const showPublished = (value: number): string => (value > UDP_FROM ? `${value - UDP_FROM}/udp` : `${value}/tcp`)

const UDP_FROM = 65_536

/** All numbers of such a pool. */
export const PUBLISH_RANGE = [1, UDP_FROM + 65_535] as const

/** Name of the pool with the VLAN tags of a host's bridge. */
export const vlanPoolName = (host: HostId): string => `vlan/${host}`

/** Whether a pool is one of VLAN tags. */
export const isVlanPool = (pool: string): boolean => pool.startsWith('vlan/')

/** The host a pool belongs to; undefined for pools of the whole mesh. */
export function poolHost(pool: string): HostId | undefined {
  const host = /^(?:port|publish|vlan)\/(.+)$/.exec(pool)?.[1]
  return host === undefined ? undefined : (host as HostId)
}
