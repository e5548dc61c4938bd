import type { HostId, NodeName, VlanTag, Vni } from '../model/ids.ts'
import type { LabIntent } from '../model/lab.ts'
import type { MgmtAddresses, MgmtAssignment } from '../model/mgmt.ts'
import { own } from '../model/own.ts'
import { mgmtDemand } from '../placement/mgmt.ts'
import type { UnderlayMtu } from '../placement/mtu.ts'
import type { Placeholders } from './placeholders.ts'

export interface TentativeMgmtInput {
  readonly intent: LabIntent
  readonly hosts: Readonly<Record<NodeName, HostId>>
  /** What labs have in management networks now: this one first, where it has. */
  readonly known: readonly MgmtAssignment[]
  readonly placeholders: Placeholders
  readonly underlay: UnderlayMtu
  nameOf(host: HostId): string
}

/** A network nobody is in yet gets one of the mesh; which, only the leader says. */
const SUBNET = '<subnet>/24'

/** The place in its management network that a lab would get; addresses and numbers that are not given out yet are stood in for. */
export function tentativeMgmt(input: TentativeMgmtInput): MgmtAssignment | undefined {
  const { intent, hosts, known, placeholders, underlay } = input
  const demand = mgmtDemand(intent, hosts, underlay)
  if (demand === undefined) return undefined
  const { network, mtuBytes, externalAccess, ipv4Subnet, ipv4Gw, ipv6Subnet, ipv6Gw } = demand
  const held = known.filter((one) => one.network === network)
  const like = held[0]
  const inIt = [...new Set(Object.keys(demand.nodes).flatMap((node) => own(hosts, node as NodeName) ?? []))]
  const optional = {
    ipv6Subnet: ipv6Subnet ?? like?.ipv6Subnet,
    ipv6Gw: ipv6Gw ?? like?.ipv6Gw,
  }
  return {
    network,
    vni: like?.vni ?? (placeholders.number(`vni:${network}`) as Vni),
    ipv4Subnet: ipv4Subnet ?? like?.ipv4Subnet ?? SUBNET,
    ipv4Gw: ipv4Gw ?? like?.ipv4Gw ?? '<gateway>',
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    mtuBytes,
    externalAccess,
    hosts: Object.fromEntries(inIt.map((host) => [host, hostPlace(host, held, { network, ...input })])),
    nodes: Object.fromEntries(
      Object.entries(demand.nodes).map(([node, asked]) => [node, nodePlace(node as NodeName, asked, like)]),
    ),
  }
}

type Placing = Pick<TentativeMgmtInput, 'placeholders' | 'nameOf'> & { readonly network: string }

function hostPlace(host: HostId, held: readonly MgmtAssignment[], { network, placeholders, nameOf }: Placing) {
  const place = held.map(({ hosts }) => own(hosts, host)).find((one) => one !== undefined)
  const tag = `tag:${network}@${nameOf(host)}`
  return place ?? { vlan: placeholders.number(tag) as VlanTag, ipv4: `<ipv4:${nameOf(host)}>` }
}

function nodePlace(node: NodeName, asked: Partial<MgmtAddresses>, like: MgmtAssignment | undefined): MgmtAddresses {
  const held = like && own(like.nodes, node)
  const ipv6 = asked.ipv6 ?? held?.ipv6 ?? (like?.ipv6Subnet === undefined ? undefined : `<ipv6:${node}>`)
  return { ipv4: asked.ipv4 ?? held?.ipv4 ?? `<ipv4:${node}>`, ...(ipv6 === undefined ? {} : { ipv6 }) }
}
