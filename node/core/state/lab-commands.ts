import type { EndpointKey, HostId, LabName, NodeName, SegmentId } from '../model/ids.ts'
import type { Assignment, NodeRequest } from '../model/lab.ts'
import { MGMT_NETWORK_NAME, type MgmtSubnets, type PublishedOn } from '../model/mgmt.ts'
import {
  assignment,
  cidr,
  count,
  endpoint,
  hostId,
  ip,
  labName,
  MAX_ENDS,
  mtuBytes,
  nodeName,
  publishedOn,
  requests,
  segmentId,
  version,
} from './fields.ts'
import { type Check, list, object, oneOf, table, text } from './shape.ts'
import { type Stamp, stamp } from './stamp.ts'

/** A segment that needs numbers: the hosts that have an end of it. */
export interface SegmentDemand {
  readonly id: SegmentId
  readonly hosts: readonly HostId[]
  readonly mtuBytes: number
}

/** The leader's placement of a lab; the machine adds the numbers. `intentVersion`: see `core/record/version.ts`. */
export interface Assign extends Stamp {
  readonly type: 'assign'
  readonly lab: LabName
  readonly intentVersion: string
  readonly hosts: Readonly<Record<NodeName, HostId>>
  readonly segments: readonly SegmentDemand[]
  readonly endpoints: readonly EndpointKey[]
  readonly mgmt?: MgmtDemand
  readonly published?: readonly PublishedOn[]
  readonly requests?: Readonly<Record<NodeName, NodeRequest>>
  /** By host: only where this and what is promised to other labs there come to no more. */
  readonly limits?: Readonly<Record<HostId, RoomLimit>>
}

/** CPUs × 100 and MiB of memory; absent: as many as you like. */
export interface RoomLimit {
  readonly cpu?: number
  readonly mem?: number
}

/** A place in a management network for these nodes; what the lab does not ask for is absent. */
export interface MgmtDemand extends MgmtSubnets {
  readonly network: string
  readonly mtuBytes: number
  readonly externalAccess: boolean
  readonly nodes: Readonly<Record<NodeName, { readonly ipv4?: string; readonly ipv6?: string }>>
}

/**
 * The deletion of a lab, at the version of its tombstone. `swept`: nobody wants the lab any more, yet nobody deleted it: its numbers
 * are freed, and the same version may be assigned again.
 */
export interface Release extends Stamp {
  readonly type: 'release'
  readonly lab: LabName
  readonly intentVersion: string
  readonly swept?: true
}

/** Takes over what an earlier epoch decided and this log does not have, with exactly its numbers. */
export interface Adopt extends Stamp {
  readonly type: 'adopt'
  readonly assignment: Assignment
}

/** What the log is told of labs. */
export type LabCommand = Assign | Release | Adopt

const mgmtDemand: Check<MgmtDemand> = object(
  {
    network: text(MGMT_NETWORK_NAME),
    mtuBytes,
    externalAccess: oneOf(true, false),
    nodes: table(nodeName, object({}, { ipv4: ip, ipv6: ip }), MAX_ENDS),
  },
  { ipv4Subnet: cidr, ipv6Subnet: cidr, ipv4Gw: ip, ipv6Gw: ip, ipv4Range: cidr, ipv6Range: cidr },
)

/** Checks of {@link LabCommand}s. */
export const LAB_DECODERS: Readonly<Record<LabCommand['type'], Check<LabCommand>>> = {
  assign: object(
    {
      ...stamp,
      type: oneOf('assign'),
      lab: labName,
      intentVersion: version,
      hosts: table(nodeName, hostId, MAX_ENDS),
      segments: list(object({ id: segmentId, hosts: list(hostId, 1000), mtuBytes }), MAX_ENDS),
      endpoints: list(endpoint, MAX_ENDS),
    },
    {
      mgmt: mgmtDemand,
      published: publishedOn,
      requests,
      limits: table(hostId, object({}, { cpu: count, mem: count }), 1000),
    },
  ),
  release: object(
    { ...stamp, type: oneOf('release'), lab: labName, intentVersion: version },
    { swept: oneOf<true>(true) },
  ),
  adopt: object({ ...stamp, type: oneOf('adopt'), assignment }),
}
