import { type EndpointKey, endpointKey, type HostId, type NodeName } from '../model/ids.ts'
import type { LabIntent, LabNode } from '../model/lab.ts'
import { MGMT_DEFAULTS, MGMT_INTERFACE, type PublishedOn } from '../model/mgmt.ts'
import { own } from '../model/own.ts'
import { overlayMtuBytes, UNDERLAY_MTU_BYTES } from '../model/units.ts'
import type { MgmtDemand } from '../state/lab-commands.ts'
import { pathMtuBytes, type UnderlayMtu } from './mtu.ts'

type Hosts = Readonly<Record<NodeName, HostId>>

/** Nodes of a lab that are in its management network: those that run, have a network of their own, and no link of that name. */
export const managedNodes = ({ nodes, segments }: Pick<LabIntent, 'nodes' | 'segments'>): readonly LabNode[] => {
  const linked = new Set(
    segments.flatMap(({ endpoints }) =>
      endpoints.flatMap((end) => (end.interface === MGMT_INTERFACE ? [end.node] : [])),
    ),
  )
  return nodes.filter((node) => node.kind !== 'bridge' && node.networkMode === undefined && !linked.has(node.name))
}

/** The end of a node in the management network. */
const mgmtEndpoint = (node: NodeName): EndpointKey => endpointKey(node, MGMT_INTERFACE)

/** Every such end of a lab; each gets a MAC address. */
export const mgmtEndpoints = (intent: LabIntent): readonly EndpointKey[] =>
  managedNodes(intent).map(({ name }) => mgmtEndpoint(name))

/**
 * What a lab asks of its management network once its nodes have hosts; undefined where no node is in one. What the network carries is
 * what the way between hosts does also where there is one host yet, so that nothing changes when a second one comes.
 */
export function mgmtDemand(intent: LabIntent, hosts: Hosts, underlay: UnderlayMtu): MgmtDemand | undefined {
  const nodes = managedNodes(intent).filter(({ name }) => own(hosts, name) !== undefined)
  if (nodes.length === 0) return undefined
  const { network = MGMT_DEFAULTS.network, mtuBytes, externalAccess = true, ...wish } = intent.mgmt ?? {}
  const on = [...new Set(nodes.flatMap(({ name }) => own(hosts, name) ?? []))]
  const rows = nodes.map(({ name, mgmtIpv4, mgmtIpv6 }) => [
    name,
    { ...(mgmtIpv4 === undefined ? {} : { ipv4: mgmtIpv4 }), ...(mgmtIpv6 === undefined ? {} : { ipv6: mgmtIpv6 }) },
  ])
  return {
    network,
    ...wish,
    mtuBytes: mtuBytes ?? Math.min(overlayMtuBytes(UNDERLAY_MTU_BYTES), pathMtuBytes(on, underlay)),
    externalAccess,
    nodes: Object.fromEntries(rows),
  }
}

/** The ports that nodes of a lab publish, each on the host that runs its node. */
export function publishedPorts(intent: LabIntent, hosts: Hosts): readonly PublishedOn[] {
  return managedNodes(intent).flatMap(({ name, ports }) => {
    const host = own(hosts, name)
    return host === undefined ? [] : ports.map((port) => ({ node: name, host, ...port }))
  })
}
