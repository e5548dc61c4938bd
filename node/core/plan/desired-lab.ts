import { toVlanTag } from '../allocation/vni.ts'
import { endpointKey, type HostId, type ResourceId, type VlanTag } from '../model/ids.ts'
import type { InnerDevice, Segment, SegmentAssignment } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { HostBridge, Nic, Port, Resource, Vtep } from '../model/resource.ts'
import { bridgeId, portId, vtepId, wgInterfaceId, wireId } from '../model/resource-ids.ts'
import { type EndContext, endContext, endDevice, outsideContainers } from './desired-ends.ts'
import type { DesiredInput, WantedLab } from './desired-input.ts'
import { mgmtEnds } from './desired-mgmt.ts'
import { wantedImage, wantedWorkload } from './desired-workload.ts'
import { joins } from './joins.ts'
import { wantedShaper } from './shaper.ts'
import { type Plug, portNumber, wireOf } from './wires.ts'

/** This host's part of one lab. What the assignment does not cover is left out: another assignment will. */
export function labResources(lab: WantedLab, input: DesiredInput): readonly Resource[] {
  const nodes = lab.intent.nodes.filter(
    (node) => node.kind !== 'bridge' && own(lab.assignment.hosts, node.name) === input.self,
  )
  const context = endContext(lab, input)
  return [
    ...nodes.flatMap((node) => [wantedImage(node, lab, input), wantedWorkload(node, lab, input)]),
    ...outsideContainers(context),
    ...lab.intent.segments.flatMap((segment) => segmentResources(segment, context)),
    ...mgmtEnds(context),
  ]
}

function segmentResources(segment: Segment, context: EndContext): readonly Resource[] {
  const { lab, input } = context
  const given = own(lab.assignment.segments, segment.id)
  const vlan = segment.device?.type === 'mgmt-net' ? mgmtVlan(context) : given && own(given.vlans, input.self)
  if (!given || vlan === undefined) return []
  const ends = segment.endpoints
    .filter((end) => own(lab.assignment.hosts, end.node) === input.self)
    .flatMap((end) => {
      const made = endDevice(end, segment, given, context)
      return made === undefined ? [] : [{ made, end: endpointKey(end.node, end.interface) }]
    })
  if (isInner(segment.device)) return ends.map(({ made }) => made)
  const tunnel = vtep(segment, given, context)
  const plug: Plug = { vlan, bridge: input.bridge.name, lab: lab.intent.name }
  const here = ends.map(({ end }) => end)
  return [
    ...wireOf(segment, plug),
    ...ends.flatMap(({ made, end }) => {
      const plugged = port({ device: deviceOf(made), of: made.id, end }, plug, { segment, here })
      const shaper = made.kind === 'nic' ? wantedShaper(made, plugged, context.impaired.get(end)) : []
      return [made, plugged, ...shaper]
    }),
    ...tunnel.flatMap((made) => [
      made,
      port({ device: made.device, of: made.id, end: segment.id }, plug, { segment, here }),
    ]),
    ...joins(segment, given, context).flatMap(({ nic, bridge }) => [
      nic,
      port({ device: nic.hostName, of: nic.id, end: nic.endpoint }, plug, { segment, here }),
      ...(bridge === undefined ? [] : [{ ...bridge, needs: [] }]),
      ...(bridge?.type === 'ovs' ? [foreignPort(nic, bridge)] : []),
    ]),
  ]
}

/** A child of an interface of the host is not plugged in, and a dummy is a cable that nobody plugs in. */
const isInner = (device: InnerDevice | undefined): boolean => device?.type === 'dummy' || device?.type === 'macvlan'

/** The tag of the lab's management network here; undefined where there is none. */
const mgmtVlan = ({ lab, input }: EndContext): VlanTag | undefined =>
  own(lab.assignment.mgmt?.hosts ?? {}, input.self)?.vlan

const deviceOf = (made: Nic | Vtep): string => (made.kind === 'nic' ? made.hostName : made.device)

/** A bridge of Open vSwitch is joined by a port that is a trunk, as are those people add without saying more. */
const foreignPort = (nic: Nic, bridge: HostBridge): Port => ({
  kind: 'port',
  id: portId(nic.name),
  needs: [bridge.id, nic.id],
  bridge: bridge.name,
  device: nic.name,
  vlan: toVlanTag(0),
  owner: `${nic.lab}/${nic.endpoint}`,
})

interface Plugged {
  readonly device: string
  /** The resource that is the device. */
  readonly of: ResourceId
  /** What it leads to: an endpoint key, or the segment's id where that is on another host. */
  readonly end: string
}

function port(
  { device, of, end }: Plugged,
  plug: Plug,
  { segment, here }: { readonly segment: Segment; readonly here: readonly string[] },
): Port {
  const number = portNumber(segment, plug.vlan, { end, here })
  return {
    kind: 'port',
    id: portId(device),
    needs: [bridgeId(plug.bridge), of, ...(number === undefined ? [] : [wireId(plug.vlan)])],
    bridge: plug.bridge,
    device,
    vlan: plug.vlan,
    owner: `${plug.lab}/${end}`,
    ...(number === undefined ? {} : { number }),
  }
}

/** The tunnel end of a segment that crosses hosts; none where it does not. */
function vtep(segment: Segment, given: SegmentAssignment, { lab, input }: EndContext): readonly Vtep[] {
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
