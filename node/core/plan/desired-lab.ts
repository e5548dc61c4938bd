import { endpointKey, type HostId, type ResourceId } from '../model/ids.ts'
import type { Endpoint, LabNode, Segment, SegmentAssignment } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { Image, Nic, Port, Resource, Vtep, Workload } from '../model/resource.ts'
import { bridgeId, imageId, nicId, portId, vtepId, wgInterfaceId, workloadId } from '../model/resource-ids.ts'
import type { DesiredInput, WantedLab } from './desired-input.ts'
import { specDigest, workloadSpec } from './spec.ts'

/** This host's part of one lab. What the assignment does not cover is left out: another assignment will. */
export function labResources(lab: WantedLab, input: DesiredInput): readonly Resource[] {
  const nodes = lab.intent.nodes.filter(
    (node) => node.kind !== 'bridge' && own(lab.assignment.hosts, node.name) === input.self,
  )
  const pids = runningPids(input.seen)
  return [
    ...nodes.flatMap((node) => [image(node), workload(node, lab, input)]),
    ...lab.intent.segments.flatMap((segment) => segmentResources(segment, { lab, input, pids })),
  ]
}

const image = ({ image: name }: LabNode): Image => ({ kind: 'image', id: imageId(name), needs: [], name })

function workload(node: LabNode, lab: WantedLab, input: DesiredInput): Workload {
  const spec = workloadSpec(node, lab, input)
  return {
    kind: 'workload',
    id: workloadId(lab.intent.name, node.name),
    needs: [imageId(node.image)],
    provider: 'docker',
    lab: lab.intent.name,
    node: node.name,
    containerName: input.names.container(lab.intent, node.name),
    spec,
    specHash: specDigest(spec, lab, input),
    state: 'running',
  }
}

const runningPids = (seen: readonly Resource[]): ReadonlyMap<ResourceId, number> =>
  new Map(
    seen.flatMap((resource) =>
      resource.kind === 'workload' && resource.state === 'running' && resource.pid !== undefined
        ? [[resource.id, resource.pid] as const]
        : [],
    ),
  )

interface Context {
  readonly lab: WantedLab
  readonly input: DesiredInput
  readonly pids: ReadonlyMap<ResourceId, number>
}

function segmentResources(segment: Segment, context: Context): readonly Resource[] {
  const { lab, input } = context
  const given = own(lab.assignment.segments, segment.id)
  const vlan = given && own(given.vlans, input.self)
  if (!given || vlan === undefined) return []
  const nics = segment.endpoints
    .filter((end) => own(lab.assignment.hosts, end.node) === input.self)
    .flatMap((end) => nic(end, given, context) ?? [])
  const tunnel = vtep(segment, given, context)
  const port = (device: string, of: Pick<Port, 'owner'> & { readonly id: ResourceId }): Port => ({
    kind: 'port',
    id: portId(device),
    needs: [bridgeId(input.bridge.name), of.id],
    bridge: input.bridge.name,
    device,
    vlan,
    owner: of.owner,
  })
  const { name } = lab.intent
  return [
    ...nics.flatMap((made) => [made, port(made.hostName, { id: made.id, owner: `${name}/${made.endpoint}` })]),
    ...tunnel.flatMap((made) => [made, port(made.device, { id: made.id, owner: `${name}/${segment.id}` })]),
  ]
}

function nic(end: Endpoint, given: SegmentAssignment, { lab, input, pids }: Context): Nic | undefined {
  const endpoint = endpointKey(end.node, end.interface)
  const mac = own(lab.assignment.macs, endpoint)
  if (mac === undefined) return undefined
  const { name } = lab.intent
  const container = workloadId(name, end.node)
  return {
    kind: 'nic',
    id: nicId(name, endpoint),
    needs: [container],
    lab: name,
    endpoint,
    hostName: input.names.nicDevice(name, endpoint),
    name: end.interface,
    workload: container,
    pid: pids.get(container) ?? 0,
    mac,
    mtuBytes: given.mtuBytes,
    addresses: [end.ipv4, end.ipv6].filter((address) => address !== undefined),
    txOffload: mayOffload(lab, input),
    up: true,
  }
}

/** The tunnel end of a segment that crosses hosts; none where it does not. */
function vtep(segment: Segment, given: SegmentAssignment, { lab, input }: Context): readonly Vtep[] {
  if (given.vni === null) return []
  const { name } = lab.intent
  return [
    {
      kind: 'vtep',
      id: vtepId(name, segment.id),
      needs: [wgInterfaceId(input.wg.interface)],
      lab: name,
      segment: segment.id,
      device: input.names.vtepDevice(name, segment.id),
      vni: given.vni,
      local: input.host.overlayAddress,
      port: input.vxlanPort,
      remotes: remotes(given, input),
      mtuBytes: given.mtuBytes,
      learning: segment.multiAccess,
      up: true,
    },
  ]
}

/** Overlay addresses of the segment's other hosts, sorted; a host that was removed is no longer sent to. */
function remotes(given: SegmentAssignment, { self, roster }: DesiredInput): readonly string[] {
  const isOther = (host: HostId): boolean => host !== self && own(given.vlans, host) !== undefined
  return roster
    .filter(({ id, state }) => state === 'admitted' && isOther(id))
    .map(({ overlayAddress }) => overlayAddress)
    .sort()
}

/**
 * Open vSwitch in userspace cuts what a sender left whole to the MTU of the port it leaves by, not to the sender's segments: a router
 * between links of different MTU then sees packets it must drop. There the senders segment themselves.
 */
const mayOffload = ({ assignment }: WantedLab, input: DesiredInput): boolean =>
  input.txOffload &&
  (input.bridge.datapath === 'system' ||
    new Set(Object.values(assignment.segments).map(({ mtuBytes }) => mtuBytes)).size <= 1)
