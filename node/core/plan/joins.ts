import type { EndpointKey, LabName, NodeName, ResourceId } from '../model/ids.ts'
import type { Segment, SegmentAssignment } from '../model/lab.ts'
import type { HostBridge, Nic } from '../model/resource.ts'
import { hostBridgeId, nicId, workloadId } from '../model/resource-ids.ts'
import { type EndContext, mayOffload } from './desired-ends.ts'
import { mayJoin } from './outside.ts'

/** A cable from the lab's bridge into one that this host has already. */
export interface Join {
  readonly nic: Nic
  /** Absent where it cannot be seen now; the cable then stays as it is. */
  readonly bridge?: HostBridge
}

/** The cables into bridges of a segment that were on this host before; none where there is no such bridge. */
export function joins(segment: Segment, given: SegmentAssignment, context: EndContext): readonly Join[] {
  const { lab, input } = context
  const { name } = lab.intent
  const may = { self: input.self, assignment: lab.assignment }
  return (segment.bridges ?? [])
    .filter((bridge) => mayJoin(bridge, may))
    .flatMap((wanted): readonly Join[] => {
      const bridge = input.seen.find((one): one is HostBridge => one.id === hostBridgeId(wanted.name))
      if (bridge !== undefined) return [{ bridge, nic: joinNic(bridge, given, context) }]
      const there = input.seen.find((one): one is Nic => one.id === joinId(name, wanted.name))
      return there === undefined ? [] : [{ nic: { ...there, needs: [] } }]
    })
}

/**
 * A bridge whose MAC address nobody set has the lowest of its ports', and with it changes what its host is known by: ours is above all that
 * are given at random.
 */
function highMac(digest: string): string {
  const digits = digest.replaceAll(/[^0-9a-f]/g, '0').padEnd(8, '0')
  return ['fe', 'ff', ...[0, 2, 4, 6].map((at) => digits.slice(at, at + 2))].join(':')
}

/** Id of the cable into a bridge of the host. */
const joinId = (lab: LabName, bridge: string): ResourceId => nicId(lab, joinKey(bridge))

const joinKey = (bridge: string): EndpointKey => `${bridge}:${bridge}` as EndpointKey

function joinNic({ name, type }: HostBridge, given: SegmentAssignment, { lab, input }: EndContext): Nic {
  const endpoint = joinKey(name)
  return {
    kind: 'nic',
    id: joinId(lab.intent.name, name),
    needs: [hostBridgeId(name)],
    lab: lab.intent.name,
    endpoint,
    form: { type: 'host', ...(type === 'linux' ? { master: name } : {}) },
    hostName: input.names.nicDevice(lab.intent.name, endpoint),
    name: input.names.joinDevice(lab.intent.name, name),
    workload: workloadId(lab.intent.name, name as NodeName),
    pid: 0,
    mac: highMac(input.digest(`${lab.intent.name}/${name}`)),
    mtuBytes: given.mtuBytes,
    addresses: [],
    txOffload: mayOffload(lab, input),
    up: true,
  }
}
