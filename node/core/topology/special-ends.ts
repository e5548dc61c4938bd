import type { HostName, NodeName } from '../model/ids.ts'
import type { Anchor, InnerDevice } from '../model/lab.ts'
import type { WrittenEnd, WrittenLink } from './links.ts'

/** What the ends of a link come to that are in no node of the file. */
export interface SpecialEnds {
  /** The ends left, those of anchors under the anchor's name. */
  readonly ends: readonly WrittenEnd[]
  readonly anchors: readonly Anchor[]
  readonly device?: InnerDevice
}

/** The names of anchors of a lab so far. */
export interface AnchorNames {
  /** Whether a new anchor cannot be called so. */
  isTaken(name: string): boolean
  /** The number at the end of the newest tunnel's name, by VNI; added to by each tunnel. */
  readonly tunnels: Map<number, number>
}

/**
 * Splits the ends of a link: `host:eth5` gets an anchor, `macvlan:eth0` and `mgmt-net:x` are no ends but say what the other one is.
 */
export function specialEnds(link: WrittenLink, names: AnchorNames): SpecialEnds {
  const parent = link.ends.find(({ node }) => node === 'macvlan' || node === 'mgmt-net')
  const named = link.ends.filter((end) => end !== parent).map((end) => withAnchor(end, link.host))
  const tunnel = link.tunnel === undefined ? undefined : tunnelEnd(link, link.tunnel, names)
  const device = parent === undefined ? undefined : deviceOf(parent, link)
  return {
    ends: [...named.map(({ end }) => end), ...(tunnel === undefined ? [] : [tunnel.end])],
    anchors: [...named.flatMap(({ anchor }) => anchor ?? []), ...(tunnel === undefined ? [] : [tunnel.anchor])],
    ...(device === undefined ? {} : { device }),
    ...(link.isDummy === true ? { device: { type: 'dummy' } } : {}),
  }
}

const pin = (host: HostName | undefined): { readonly host?: HostName } => (host === undefined ? {} : { host })

const deviceOf = (end: WrittenEnd, { mode = 'bridge', host }: WrittenLink): InnerDevice =>
  end.node === 'mgmt-net' ? { type: 'mgmt-net' } : { type: 'macvlan', parent: end.interface, mode, ...pin(host) }

/** Ends on different hosts are ends of different anchors. */
function withAnchor(end: WrittenEnd, host: HostName | undefined): { end: WrittenEnd; anchor?: Anchor } {
  if (end.node !== 'host') return { end }
  const name = (host === undefined ? 'host' : `host.${host}`) as NodeName
  return { end: { ...end, node: name }, anchor: { type: 'host', name, ...pin(host) } }
}

type Tunnel = NonNullable<WrittenLink['tunnel']>

/** An anchor for each tunnel: two may have one number, to different ends. */
function tunnelEnd(
  { host, at }: WrittenLink,
  ...[tunnel, { isTaken, tunnels }]: [Tunnel, AnchorNames]
): { end: WrittenEnd; anchor: Anchor } {
  const nameAt = (i: number): string => (i === 1 ? `vxlan-${tunnel.vni}` : `vxlan-${tunnel.vni}-${i}`)
  // On from the last one: a file may have thousands of one number.
  let i = (tunnels.get(tunnel.vni) ?? 0) + 1
  while (isTaken(nameAt(i))) i++
  tunnels.set(tunnel.vni, i)
  const name = nameAt(i)
  const end = { node: name, nodeAt: at, interface: `vni${tunnel.vni}`, interfaceAt: at }
  return { end, anchor: { type: 'vxlan', name: name as NodeName, ...pin(host), ...tunnel } }
}
