import type { Assignment, LabIntent, Segment } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { UNDERLAY_MTU_BYTES, VXLAN_OVERHEAD_BYTES } from '../model/units.ts'
import type { UnderlayMtu } from './mtu.ts'

/** An IPv6 header is so much longer than one of IPv4, RFC 8200 §3. */
const IPV6_MORE_BYTES = 20

/**
 * What passes whole through tunnels to ends of others that a segment ends in, over the network of the host they are on; undefined where it
 * ends in none. The other end may not put pieces together.
 */
export function foreignMtuBytes(
  { endpoints }: Pick<Segment, 'endpoints'>,
  { anchors = [] }: Pick<LabIntent, 'anchors'>,
  ...[hosts, underlay]: [Assignment['hosts'], UnderlayMtu]
): number | undefined {
  const sizes = anchors.flatMap((anchor) => {
    if (anchor.type !== 'vxlan' || !endpoints.some((end) => end.node === anchor.name)) return []
    const host = own(hosts, anchor.name)
    const carried = (host === undefined ? undefined : underlay(host)) ?? UNDERLAY_MTU_BYTES
    return [carried - VXLAN_OVERHEAD_BYTES - (anchor.remote.includes(':') ? IPV6_MORE_BYTES : 0)]
  })
  return sizes.length === 0 ? undefined : Math.min(...sizes)
}
