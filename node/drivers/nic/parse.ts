import * as z from 'zod'
import type { Nic } from '#core/model/resource.ts'
import { nicId } from '#core/model/resource-ids.ts'
import { type HostEnd, whose } from '../host-ends.ts'
import { decodeAlias, nicDevice, nodeOf } from '../owner-mark.ts'
import { addressesOf, decodeJson, type IpLink } from '../tool-output.ts'

/** What was read inside one network namespace. */
export interface InnerEnds {
  readonly links: readonly IpLink[]
  /** Names of interfaces that leave filling in checksums to whoever sends on. */
  readonly offloading: ReadonlySet<string>
}

/** Of some sixty features each this one alone is taken: it is read of every node at every look. */
const Features = z.array(
  z.object({ ifname: z.string(), 'tx-checksum-ip-generic': z.object({ active: z.boolean() }).optional() }),
)

/** Names of interfaces with checksum offload, from `ethtool --json -k '*'`. Throws TOOL_FAILED. */
export const parseOffloading = (text: string): ReadonlySet<string> =>
  new Set(
    decodeJson("ethtool --json -k '*'", text, Features)
      .filter((feature) => feature['tx-checksum-ip-generic']?.active === true)
      .map((feature) => feature.ifname),
  )

/**
 * The pair as it is. `pid` and `inner` are those of the workload the mark names, undefined where it does not run; of a pair of the host
 * alone `inner` is the host. A pair whose other end is not there has a `fault`.
 */
export const pairUp = (host: HostEnd, pid: number | undefined, inner: InnerEnds | undefined): Nic => {
  const other = inner?.links.find((link) =>
    host.isHost
      ? link.ifname === host.link.link && link.link === host.link.ifname
      : link.ifindex === host.link.link_index && link.link_index === host.link.ifindex,
  )
  const name = host.endpoint.slice(host.endpoint.indexOf(':') + 1)
  return {
    id: nicId(host.lab, host.endpoint),
    kind: 'nic',
    needs: [],
    lab: host.lab,
    endpoint: host.endpoint,
    ...(host.isHost ? { form: { type: 'host', ...masterIn(other) } } : {}),
    hostName: host.link.ifname,
    workload: host.workload,
    pid: pid ?? 0,
    ifindex: host.link.ifindex,
    ...(host.isHost ? {} : { outer: { mtuBytes: host.link.mtu, up: host.link.flags.includes('UP') } }),
    ...(other === undefined ? missing(host, name) : seen(host.link, other, inner)),
  }
}

const masterIn = (link: IpLink | undefined): { readonly master?: string } =>
  link?.master === undefined ? {} : { master: link.master }

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
  fault: host.isHost
    ? `the other end of ${host.link.ifname} is not in the network namespace of this host`
    : `the other end of ${host.link.ifname} is not in the network namespace of ${nodeOf(host.endpoint)}`,
})

/** Devices in the namespace of a workload that carry our mark for it and are no pair. */
export const innerNics = (workload: Nic['workload'], pid: number, { links, offloading }: InnerEnds): readonly Nic[] =>
  links.flatMap((link): readonly Nic[] => {
    const mark = decodeAlias(link.ifalias)
    if (mark?.kind !== 'inner') return []
    const owner = whose(mark)
    if (owner.workload !== workload) return []
    return [
      {
        id: nicId(owner.lab, owner.endpoint),
        kind: 'nic',
        needs: [],
        ...owner,
        form: mark.form,
        hostName: nicDevice(owner.lab, owner.endpoint),
        name: link.ifname,
        pid,
        mac: link.address ?? '',
        mtuBytes: link.mtu,
        addresses: addressesOf(link),
        txOffload: offloading.has(link.ifname),
        ifindex: link.ifindex,
        up: link.flags.includes('UP'),
      },
    ]
  })
