import { toVni } from '../allocation/vni.ts'
import { type EndImpairments, endImpairments, isDownAt } from '../impairment/ends.ts'
import { type EndpointKey, endpointKey, type NodeName, type ResourceId, type SegmentId } from '../model/ids.ts'
import type { Anchor, Endpoint, InnerDevice, Segment, SegmentAssignment } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { ExtContainer, Nic, NicForm, Resource, Vtep } from '../model/resource.ts'
import { extContainerId, nicId, vtepId, workloadId } from '../model/resource-ids.ts'
import type { DesiredInput, WantedLab } from './desired-input.ts'
import { macsOf } from './end-mac.ts'
import { isTheirs } from './theirs.ts'

/** A lab on this host, and what the ends of its links need to know. */
export interface EndContext {
  readonly lab: WantedLab
  readonly input: DesiredInput
  readonly anchors: ReadonlyMap<NodeName, Anchor>
  readonly macs: ReadonlyMap<EndpointKey, string>
  readonly impaired: EndImpairments
  /** Of running workloads, and of containers that are not ours by the node they stand for. */
  readonly pids: ReadonlyMap<ResourceId, number>
  /** Nodes whose software takes its interfaces for its own. */
  readonly takers: ReadonlySet<NodeName>
}

export const endContext = (lab: WantedLab, input: DesiredInput): EndContext => ({
  lab,
  input,
  anchors: new Map((lab.intent.anchors ?? []).map((anchor) => [anchor.name, anchor])),
  macs: macsOf(lab.intent, lab.assignment),
  impaired: endImpairments(lab.intent),
  pids: pidsOf(input.seen),
  takers: new Set(lab.intent.nodes.filter(isTheirs).map(({ name }) => name)),
})

const pidsOf = (seen: readonly Resource[]): ReadonlyMap<ResourceId, number> =>
  new Map(
    seen.flatMap((resource): readonly (readonly [ResourceId, number])[] => {
      if (resource.kind !== 'workload' && resource.kind !== 'ext-container') return []
      if (resource.kind === 'workload' && resource.state !== 'running') return []
      return resource.pid === undefined ? [] : [[workloadId(resource.lab, resource.node), resource.pid]]
    }),
  )

/** Containers that are not ours and stand for nodes of a lab on this host. */
export const outsideContainers = ({ lab: { intent, assignment }, input }: EndContext): readonly ExtContainer[] =>
  (intent.anchors ?? []).flatMap((anchor) =>
    anchor.type === 'ext-container' && own(assignment.hosts, anchor.name) === input.self
      ? [
          {
            kind: 'ext-container',
            id: extContainerId(intent.name, anchor.name),
            needs: [],
            lab: intent.name,
            node: anchor.name,
            containerName: anchor.container,
          },
        ]
      : [],
  )

/** The device of one end that is on this host; undefined while it has no numbers. */
export function endDevice(
  end: Endpoint,
  segment: Segment,
  ...[given, context]: [SegmentAssignment, EndContext]
): Nic | Vtep | undefined {
  const anchor = context.anchors.get(end.node)
  return anchor?.type === 'vxlan' ? foreignTunnel(end, anchor, given, context) : nic(end, segment, given, context)
}

function nic(
  end: Endpoint,
  segment: Segment,
  ...[given, { lab, input, anchors, macs, pids, impaired, takers }]: [SegmentAssignment, EndContext]
): Nic | undefined {
  const endpoint = endpointKey(end.node, end.interface)
  const mac = macs.get(endpoint)
  if (mac === undefined) return undefined
  const { name } = lab.intent
  const workload = workloadId(name, end.node)
  const type = anchors.get(end.node)?.type
  const form = type === 'host' ? ({ type } as const) : innerForm(segment.device)
  return {
    kind: 'nic',
    id: nicId(name, endpoint),
    needs: type === 'host' ? [] : [type === 'ext-container' ? extContainerId(name, end.node) : workload],
    lab: name,
    endpoint,
    ...(form === undefined ? {} : { form }),
    hostName: input.names.nicDevice(name, endpoint),
    name: end.interface,
    workload,
    pid: type === 'host' ? 0 : (pids.get(workload) ?? 0),
    mac,
    mtuBytes: mtuOf(segment, given, lab),
    addresses: [end.ipv4, end.ipv6].filter((address) => address !== undefined),
    ...notAddresses(endpoint, lab),
    txOffload: mayOffload(lab, input),
    ...(form === undefined && takers.has(end.node) ? { isTheirs: true } : {}),
    up: !isDownAt(impaired.get(endpoint), input.wallMs ?? 0),
  }
}

const notAddresses = (endpoint: EndpointKey, { former = {} }: WantedLab): Pick<Nic, 'notAddresses'> => {
  const gone = own(former, endpoint)
  return gone === undefined ? {} : { notAddresses: gone }
}

/** A child of an interface of the host has its parent's unless the file says otherwise: 0 lets it be. */
function mtuOf({ device, mtuBytes }: Segment, given: SegmentAssignment, { assignment }: WantedLab): number {
  if (device?.type === 'macvlan') return mtuBytes ?? 0
  return device?.type === 'mgmt-net' ? (mtuBytes ?? assignment.mgmt?.mtuBytes ?? given.mtuBytes) : given.mtuBytes
}

function innerForm(device: InnerDevice | undefined): NicForm | undefined {
  return device?.type === 'macvlan' ? { type: device.type, parent: device.parent, mode: device.mode } : undefined
}

/** The tunnel to somebody else's end, as an end of the segment; the kernel chooses its address by the route. */
function foreignTunnel(
  end: Endpoint,
  anchor: Extract<Anchor, { type: 'vxlan' }>,
  ...[given, { lab, input }]: [SegmentAssignment, EndContext]
): Vtep {
  const { name } = lab.intent
  const of = endpointKey(end.node, end.interface) as string as SegmentId
  return {
    kind: 'vtep',
    id: vtepId(name, of),
    needs: [],
    lab: name,
    segment: of,
    device: input.names.vtepDevice(name, of),
    vni: toVni(anchor.vni),
    local: '',
    port: anchor.udpPort,
    remotes: [anchor.remote],
    mtuBytes: given.mtuBytes,
    learning: true,
    up: true,
  }
}

/**
 * Open vSwitch in userspace cuts what a sender left whole to the MTU of the port it leaves by, not to the sender's segments: a router
 * between links of different MTU then sees packets it must drop. There the senders segment themselves.
 */
export const mayOffload = ({ assignment }: WantedLab, input: DesiredInput): boolean =>
  input.txOffload &&
  (input.bridge.datapath === 'system' ||
    new Set(Object.values(assignment.segments).map(({ mtuBytes }) => mtuBytes)).size <= 1)
