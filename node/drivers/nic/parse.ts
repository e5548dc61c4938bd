import * as z from 'zod'
import type { EndpointKey } from '#core/model/ids.ts'
import type { Nic } from '#core/model/resource.ts'
import { nicId, workloadId } from '#core/model/resource-ids.ts'
import { decodeAlias, nodeOf } from '../owner-mark.ts'
import { addressesOf, decodeJson, type IpLink, parseIpLinks } from '../tool-output.ts'

/** What was read inside one network namespace. */
export interface InnerEnds {
  readonly links: readonly IpLink[]
  /** Names of interfaces that leave filling in checksums to whoever sends on. */
  readonly offloading: ReadonlySet<string>
}

const Features = z.array(
  z.looseObject({
    ifname: z.string(),
    'tx-checksum-ip-generic': z.looseObject({ active: z.boolean() }).optional(),
  }),
)

/** Names of interfaces with checksum offload, from `ethtool --json -k '*'`. Throws TOOL_FAILED. */
export const parseOffloading = (text: string): ReadonlySet<string> =>
  new Set(
    decodeJson("ethtool --json -k '*'", text, Features)
      .filter((feature) => feature['tx-checksum-ip-generic']?.active === true)
      .map((feature) => feature.ifname),
  )

/** Host ends that carry our mark, from `ip -j -d link show type veth`. Throws TOOL_FAILED. */
export const parseHostEnds = (text: string): readonly HostEnd[] =>
  parseIpLinks('ip -j link show type veth', text).flatMap((link) => {
    const mark = decodeAlias(link.ifalias)
    if (mark?.kind !== 'nic') return []
    const endpoint = mark.of as EndpointKey
    return [{ link, lab: mark.lab, endpoint, workload: workloadId(mark.lab, nodeOf(endpoint)) }]
  })

/** A marked veth of the host, and what its mark says. */
export interface HostEnd extends Pick<Nic, 'lab' | 'endpoint' | 'workload'> {
  readonly link: IpLink
}

/**
 * The pair as it is. `pid` and `inner` are those of the workload the mark names, undefined where it does not run.
 * A pair whose other end is not there has a `fault`.
 */
export const pairUp = (host: HostEnd, pid: number | undefined, inner: InnerEnds | undefined): Nic => {
  const other = inner?.links.find(
    (link) => link.ifindex === host.link.link_index && link.link_index === host.link.ifindex,
  )
  const name = host.endpoint.slice(host.endpoint.indexOf(':') + 1)
  return {
    id: nicId(host.lab, host.endpoint),
    kind: 'nic',
    needs: [],
    lab: host.lab,
    endpoint: host.endpoint,
    hostName: host.link.ifname,
    workload: host.workload,
    pid: pid ?? 0,
    ifindex: host.link.ifindex,
    ...(other === undefined ? missing(host, name) : seen(host.link, other, inner)),
  }
}

type Inner = Pick<Nic, 'name' | 'mac' | 'mtuBytes' | 'addresses' | 'txOffload' | 'up' | 'fault'>

const seen = (host: IpLink, other: IpLink, inner: InnerEnds | undefined): Inner => ({
  name: other.ifname,
  mac: other.address ?? '',
  mtuBytes: Math.min(other.mtu, host.mtu),
  addresses: addressesOf(other),
  txOffload: inner?.offloading.has(other.ifname) ?? false,
  up: other.flags.includes('UP') && host.flags.includes('UP'),
})

const missing = (host: HostEnd, name: string): Inner => ({
  name,
  mac: '',
  mtuBytes: host.link.mtu,
  addresses: [],
  txOffload: false,
  up: false,
  fault: `the other end of ${host.link.ifname} is not in the network namespace of ${nodeOf(host.endpoint)}`,
})
