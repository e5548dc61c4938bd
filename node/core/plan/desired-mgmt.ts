import { formatIp, overlaps, parseIp, parseNetwork } from '../allocation/ip.ts'
import {
  type EndpointKey,
  endpointKey,
  type HostId,
  type LabName,
  type NodeName,
  type SegmentId,
} from '../model/ids.ts'
import type { LabNode } from '../model/lab.ts'
import { MGMT_INTERFACE, MGMT_LAB, type MgmtAddresses, type MgmtAssignment } from '../model/mgmt.ts'
import { own } from '../model/own.ts'
import type { Nic, Outlet, Port, Resource, Vtep } from '../model/resource.ts'
import { bridgeId, nicId, OUTLET_ID, portId, vtepId, wgInterfaceId, workloadId } from '../model/resource-ids.ts'
import { managedNodes } from '../placement/mgmt.ts'
import { compareText } from '../record/version.ts'
import { type EndContext, mayOffload } from './desired-ends.ts'
import type { DesiredInput } from './desired-input.ts'
import { isTheirs } from './theirs.ts'

/** A management network as this host has it: what all labs in it together tell. */
interface HostNetwork {
  readonly network: MgmtAssignment
  /** All hosts that have nodes in it. */
  readonly hosts: readonly HostId[]
}

type Labs = Pick<DesiredInput, 'self' | 'labs'>

/** The management networks this host has nodes in. What a network carries is the least that any of its labs asks. */
function networksHere({ self, labs }: Labs): readonly HostNetwork[] {
  const all = labs.flatMap(({ assignment }) => assignment.mgmt ?? [])
  const here = new Map(all.filter(({ hosts }) => own(hosts, self) !== undefined).map((one) => [one.network, one]))
  return [...here.values()].map((network) => {
    const alike = all.filter((other) => other.network === network.network)
    const hosts = [...new Set(alike.flatMap((one) => Object.keys(one.hosts) as HostId[]))].sort()
    return { network: { ...network, mtuBytes: Math.min(...alike.map(({ mtuBytes }) => mtuBytes)) }, hosts }
  })
}

/** This host's part of every management network it has nodes in: its own end, the tunnel to the other hosts, and the way out. */
export const mgmtResources = (input: DesiredInput): readonly Resource[] => [...segments(input), ...outlet(input)]

const segments = (input: DesiredInput): readonly Resource[] =>
  networksHere(input).flatMap(({ network, hosts }) => {
    const vlan = own(network.hosts, input.self)?.vlan
    if (vlan === undefined) return []
    const foot = hostEnd(network, input)
    const tunnel = hosts.length > 1 ? [vtep(network, hosts, input)] : []
    const port = (device: string, of: Resource, end: string): Port => ({
      kind: 'port',
      id: portId(device),
      needs: [bridgeId(input.bridge.name), of.id],
      bridge: input.bridge.name,
      device,
      vlan,
      owner: `${MGMT_LAB}/${end}`,
    })
    return [
      foot,
      port(foot.hostName, foot, foot.endpoint),
      ...tunnel.flatMap((made) => [made, port(made.device, made, made.segment)]),
    ]
  })

/** For networks whose nodes may reach out, and that this host is in itself. */
function outlet(input: DesiredInput): readonly Outlet[] {
  const networks = networksHere(input)
    .map(({ network }) => network)
    .filter((network) => network.externalAccess && clashOf(network, input) === undefined)
    .map(({ network, ipv4Subnet }) => ({ network, cidr: ipv4Subnet, device: input.names.mgmtDevice(network) }))
    .sort((a, b) => compareText(a.network, b.network))
  return networks.length === 0 ? [] : [{ kind: 'outlet', id: OUTLET_ID, needs: [], networks, forwards: true }]
}

/** No lab is called so. */
const NO_LAB = MGMT_LAB as LabName

const hostKey = (network: string): EndpointKey => endpointKey(network as NodeName, 'host')

/** Id of this host's end of a management network. */
const hostEndId = (network: string) => nicId(NO_LAB, hostKey(network))

/** Without addresses where this host reaches other machines of the same numbers: those come first. */
function hostEnd(network: MgmtAssignment, input: DesiredInput): Nic {
  const endpoint = hostKey(network.network)
  const mine = ownAddresses(network, input.self)
  const isClear = clashOf(network, input) === undefined
  return {
    kind: 'nic',
    id: hostEndId(network.network),
    needs: [],
    lab: NO_LAB,
    endpoint,
    form: { type: 'host' },
    hostName: input.names.nicDevice(NO_LAB, endpoint),
    name: input.names.mgmtDevice(network.network),
    workload: workloadId(NO_LAB, network.network as NodeName),
    pid: 0,
    mac: mine === undefined ? '' : hostMac(mine.ipv4),
    mtuBytes: network.mtuBytes,
    addresses: mine === undefined || !isClear ? [] : withGateways(network, mine, input),
    txOffload: input.txOffload,
    up: true,
  }
}

const ownAddresses = ({ hosts }: MgmtAssignment, self: HostId): MgmtAddresses | undefined => own(hosts, self)

/** Its own addresses, and those of the gateways, which every host answers to on its own side: they are alone in their prefix. */
const withGateways = (network: MgmtAssignment, mine: MgmtAddresses, input: DesiredInput): readonly string[] => [
  ...cidrs(network, mine, input),
  `${network.ipv4Gw}/32`,
  ...(network.ipv6Gw === undefined || input.hasIpv6 === false ? [] : [`${network.ipv6Gw}/128`]),
]

const cidrs = (
  { ipv4Subnet, ipv6Subnet }: MgmtAssignment,
  { ipv4, ipv6 }: MgmtAddresses,
  { hasIpv6 = true }: Pick<DesiredInput, 'hasIpv6'>,
): readonly string[] => [
  `${ipv4}/${ipv4Subnet.split('/')[1]}`,
  ...(ipv6 === undefined || ipv6Subnet === undefined || !hasIpv6 ? [] : [`${ipv6}/${ipv6Subnet.split('/')[1]}`]),
]

/** Follows from the host's address, so that its nodes know it without asking: locally administered, IEEE 802-2014 §8.2. */
export function hostMac(ipv4: string): string {
  const value = Number(parseIp(ipv4)?.value ?? 0n)
  const octets = [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
  return ['0a', '58', ...octets.map((octet) => octet.toString(16).padStart(2, '0'))].join(':')
}

function vtep(network: MgmtAssignment, hosts: readonly HostId[], input: DesiredInput): Vtep {
  const segment = network.network as SegmentId
  const remotes = input.roster
    .filter(({ id, state }) => state === 'admitted' && id !== input.self && hosts.includes(id))
    .map(({ overlayAddress }) => overlayAddress)
  return {
    kind: 'vtep',
    id: vtepId(NO_LAB, segment),
    needs: [wgInterfaceId(input.wg.interface)],
    lab: NO_LAB,
    segment,
    device: input.names.vtepDevice(NO_LAB, segment),
    vni: network.vni,
    local: input.host.overlayAddress,
    port: input.vxlanPort,
    remotes: remotes.sort(),
    mtuBytes: network.mtuBytes,
    learning: true,
    up: true,
  }
}

/** The ends of a lab's nodes on this host in its management network, with their ports. */
export function mgmtEnds(context: EndContext): readonly (Nic | Port)[] {
  const { lab, input } = context
  const { assignment, intent } = lab
  const network = networksHere({ self: input.self, labs: [...input.labs, lab] }).find(
    ({ network: { network: name } }) => name === assignment.mgmt?.network,
  )?.network
  const vlan = network && own(network.hosts, input.self)?.vlan
  if (network === undefined || vlan === undefined) return []
  return managedNodes(intent)
    .filter(({ name }) => own(assignment.hosts, name) === input.self)
    .flatMap((node) => {
      const nic = nodeEnd(node, { ...network, nodes: assignment.mgmt?.nodes ?? {} }, context)
      if (nic === undefined) return []
      const port: Port = {
        kind: 'port',
        id: portId(nic.hostName),
        needs: [bridgeId(input.bridge.name), nic.id],
        bridge: input.bridge.name,
        device: nic.hostName,
        vlan,
        owner: `${intent.name}/${nic.endpoint}`,
      }
      return [nic, port]
    })
}

function nodeEnd(node: LabNode, network: MgmtAssignment, { lab, input, pids }: EndContext): Nic | undefined {
  const { name } = lab.intent
  const endpoint = endpointKey(node.name, MGMT_INTERFACE)
  const [mac, addresses] = [own(lab.assignment.macs, endpoint), own(network.nodes, node.name)]
  const host = ownAddresses(network, input.self)
  if (mac === undefined || addresses === undefined) return undefined
  const workload = workloadId(name, node.name)
  const hasIpv6 = input.hasIpv6 !== false && own(node.sysctls, 'net.ipv6.conf.all.disable_ipv6') !== '1'
  const gateways = [network.ipv4Gw, ...(network.ipv6Gw === undefined || !hasIpv6 ? [] : [network.ipv6Gw])]
  return {
    kind: 'nic',
    id: nicId(name, endpoint),
    needs: [workload],
    lab: name,
    endpoint,
    hostName: input.names.nicDevice(name, endpoint),
    name: MGMT_INTERFACE,
    workload,
    pid: pids.get(workload) ?? 0,
    mac,
    mtuBytes: network.mtuBytes,
    addresses: cidrs(network, addresses, { hasIpv6 }),
    ...(host === undefined ? {} : { way: { gateways, mac: hostMac(host.ipv4) } }),
    txOffload: mayOffload(lab, input),
    ...(isTheirs(node) ? { isTheirs: true } : {}),
    up: true,
  }
}

interface MgmtNames {
  readonly names: Pick<DesiredInput['names'], 'mgmtDevice'>
}

/** The device by which this host reaches others in the range of a management network; undefined where there is none. */
function clashOf({ ipv4Subnet, network }: MgmtAssignment, input: Pick<DesiredInput, 'nearNetworks'> & MgmtNames) {
  const subnet = parseNetwork(ipv4Subnet)
  const ours = input.names.mgmtDevice(network)
  return (input.nearNetworks ?? []).find(({ device, cidr }) => {
    const near = parseNetwork(cidr)
    return device !== ours && subnet !== undefined && near !== undefined && overlaps(subnet, near)
  })
}

/** Why this host is not in the management network of a lab itself, for people; undefined where it is. */
export function mgmtNote(
  mgmt: MgmtAssignment | undefined,
  input: Pick<DesiredInput, 'self' | 'host' | 'nearNetworks'> & MgmtNames,
): string | undefined {
  const clash = mgmt === undefined || own(mgmt.hosts, input.self) === undefined ? undefined : clashOf(mgmt, input)
  return clash === undefined || mgmt === undefined
    ? undefined
    : `host ${input.host.name} is not in the management network ${mgmt.network} itself: it has ${clash.cidr} on ${clash.device} already. Its nodes reach each other, but not the host; give the lab another \`mgmt\` subnet, or remove that device`
}

/** Where a node on this host asks for names: the gateway, where this host is in the network itself. */
export function nameServer(
  node: LabNode,
  { mgmt }: { readonly mgmt?: MgmtAssignment },
  input: DesiredInput,
): string | undefined {
  if (mgmt === undefined || node.dns !== undefined || own(mgmt.nodes, node.name) === undefined) return undefined
  return clashOf(mgmt, input) === undefined ? plainAddress(mgmt.ipv4Gw) : undefined
}

const plainAddress = (text: string): string => {
  const ip = parseIp(text)
  return ip === undefined ? text : formatIp(ip)
}
