import { endpointKey, type HostId } from '../model/ids.ts'
import type { Endpoint, Link } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { writtenKind } from '../model/software.ts'
import { vendorName } from '../topology/interface-name.ts'
import { seenEnd } from './seen.ts'
import { type EndpointView, hostName, type LabViewInput } from './types.ts'

/** One end of a link as it is assigned, under all the names it goes by. */
export function endpointView(end: Endpoint, link: Link, input: LabViewInput): EndpointView {
  const host = input.assignment && own(input.assignment.hosts, end.node)
  const kind = kindOf(end, input)
  const isBridge = kind === 'bridge'
  const vlan = host === undefined || isBridge ? undefined : tagOf(link, host, input)
  const seen = host === undefined || isBridge ? undefined : seenEnd(endpointKey(end.node, end.interface), host, input)
  const vendor = end.alias ?? vendorName(kind ?? '', end.interface)
  return {
    node: end.node,
    interface: end.interface,
    host: isBridge ? '' : host === undefined ? null : hostName(input, host),
    mac: input.macs?.get(endpointKey(end.node, end.interface)) ?? null,
    ...(end.ipv4 === undefined ? {} : { ipv4: end.ipv4 }),
    ...(end.ipv6 === undefined ? {} : { ipv6: end.ipv6 }),
    vlan: vlan ?? null,
    ...(kind === undefined ? {} : { kind: link.device === undefined ? kind : `${kind}, ${deviceText(link)}` }),
    ...(vendor === undefined || vendor === end.interface ? {} : { vendor }),
    ...(vlan === undefined ? {} : plugOf(end, input)),
    ...(seen === undefined ? {} : { seen }),
  }
}

/** Of a node, or what an end is that is in none. */
function kindOf({ node }: Endpoint, { intent }: LabViewInput): string | undefined {
  const found = intent.nodes.find(({ name }) => name === node)
  return found === undefined ? intent.anchors?.find(({ name }) => name === node)?.type : writtenKind(found)
}

const deviceText = ({ device }: Link): string =>
  device?.type === 'macvlan' ? `macvlan of ${device.parent}` : (device?.type ?? '')

/** The tag on the host's bridge; none of what lies in a node alone. */
function tagOf({ device, segment }: Link, host: HostId, { assignment }: LabViewInput): number | undefined {
  if (device?.type === 'mgmt-net') return own(assignment?.mgmt?.hosts ?? {}, host)?.vlan
  const given = assignment && own(assignment.segments, segment)
  return device === undefined ? given && own(given.vlans, host) : undefined
}

function plugOf(end: Endpoint, { plugs, intent }: LabViewInput): Pick<EndpointView, 'bridge' | 'port'> {
  if (plugs === undefined) return {}
  const isTunnel = intent.anchors?.find(({ name }) => name === end.node)?.type === 'vxlan'
  return { bridge: plugs.bridge, port: plugs.port(intent.name, endpointKey(end.node, end.interface), isTunnel) }
}
