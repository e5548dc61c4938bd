import { existsSync, readFileSync } from 'node:fs'

/** An IPv4 network that this host reaches without a router. */
export interface NearNetwork {
  readonly device: string
  readonly cidr: string
}

/** Bits of a route's flags, `linux/route.h`: it is up; it leads over a router. */
const [RTF_UP, RTF_GATEWAY] = [0x1, 0x2]

/**
 * The networks of the main routing table, proc_pid_net(5) `route`: also those whose device has no carrier now, as a bridge of a container
 * engine without containers. Empty where there is no such table.
 */
export function readNearNetworks(file = '/proc/net/route'): readonly NearNetwork[] {
  try {
    return parseRoutes(readFileSync(file, 'utf8'))
  } catch {
    return []
  }
}

/** Rows of `Iface Destination Gateway Flags RefCnt Use Metric Mask …`; addresses are hexadecimal in the order of this machine's bytes. */
export function parseRoutes(text: string): readonly NearNetwork[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [device = '', destination = '', , flags = '', , , , mask = ''] = line.trim().split(/\s+/)
      const bits = Number.parseInt(flags, 16)
      const prefix = prefixOf(mask)
      if (device === '' || (bits & RTF_UP) === 0 || (bits & RTF_GATEWAY) !== 0 || prefix === 0) return []
      return [{ device, cidr: `${dotted(destination)}/${prefix}` }]
    })
}

const octetsOf = (hex: string): readonly number[] =>
  (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)).toReversed()

const dotted = (hex: string): string => octetsOf(hex).join('.')

const prefixOf = (hex: string): number =>
  octetsOf(hex).reduce((sum, octet) => sum + octet.toString(2).replaceAll('0', '').length, 0)

/** Whether the kernel of this host has IPv6. */
export const hasIpv6 = (): boolean => existsSync('/proc/sys/net/ipv6')
