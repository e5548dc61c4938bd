import type { EndpointKey, HostId, HostName, LabName, LinkId, NodeName, SegmentId, VlanTag, Vni } from './ids.ts'

/** A checked topology with defaults filled in: what should be. JSON; travels as the body of an `intent` record. */
export interface LabIntent {
  readonly name: LabName
  /** Container names are `<prefix>-<lab>-<node>`, or `<node>` where it is empty. */
  readonly prefix: string
  readonly nodes: readonly LabNode[]
  readonly links: readonly Link[]
  readonly segments: readonly Segment[]
  /** Files the lab brings along, by content. */
  readonly files: readonly LabFile[]
}

export interface LabNode {
  readonly name: NodeName
  /** A `bridge` node is a segment, not a container, and runs on no host. */
  readonly kind: 'linux' | 'bridge'
  readonly image: string
  readonly cmd?: readonly string[]
  readonly entrypoint?: readonly string[]
  /** Commands run inside once its links are there, as argv. */
  readonly exec: readonly (readonly string[])[]
  readonly binds: readonly Bind[]
  readonly env: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly sysctls: Readonly<Record<string, string>>
  readonly ports: readonly PublishedPort[]
  readonly user?: string
  /** CPUs, fractions allowed. */
  readonly cpu?: number
  readonly memoryBytes?: number
  /** Only `none` so far; absent means the default, which has no management network yet either. */
  readonly networkMode?: 'none'
  readonly startupDelayMs: number
  /** The host this node must run on, by name. */
  readonly host?: HostName
}

/** `source` is an absolute path of the host, or the path of a `LabFile` (a folder where it ends in `/`). */
export interface Bind {
  readonly source: string
  readonly target: string
  readonly options?: string
  /** True where `source` names files of the lab. */
  readonly travels: boolean
}

/** One file that travels with its lab. */
export interface LabFile {
  /** Relative, `/`-separated, never leaving the lab's folder. */
  readonly path: string
  /** Hex. */
  readonly sha256: string
  readonly sizeBytes: number
  /** Permission bits, for example 0o644. */
  readonly mode: number
}

export interface PublishedPort {
  readonly hostPort: number
  readonly containerPort: number
  readonly protocol: 'tcp' | 'udp'
}

export interface Endpoint {
  readonly node: NodeName
  /** As Linux names it inside the node, at most 15 bytes. */
  readonly interface: string
  /** With prefix length. */
  readonly ipv4?: string
  readonly ipv6?: string
}

/** A cable: two ends, or more where the topology says so. */
export interface Link {
  readonly id: LinkId
  readonly segment: SegmentId
  readonly endpoints: readonly Endpoint[]
  /** As the topology asks; absent means computed. */
  readonly mtuBytes?: number
}

/** A layer-2 domain: every endpoint of its links that is not a bridge's own. */
export interface Segment {
  readonly id: SegmentId
  readonly endpoints: readonly Endpoint[]
  /** True where frames may go to more than one other end. */
  readonly multiAccess: boolean
  readonly mtuBytes?: number
}

/** The leader's answer to an intent, committed by a majority: where, and with which numbers. */
export interface Assignment {
  readonly lab: LabName
  /** `version` of the intent it answers. */
  readonly intentVersion: string
  readonly hosts: Readonly<Record<NodeName, HostId>>
  readonly segments: Readonly<Record<SegmentId, SegmentAssignment>>
  /** MAC address of each endpoint, unique in the mesh. */
  readonly macs: Readonly<Record<EndpointKey, string>>
  readonly epoch: number
  readonly term: number
  readonly index: number
}

export interface SegmentAssignment {
  /** Null where one host has all ends. */
  readonly vni: Vni | null
  /** The tag on each host that has an end. */
  readonly vlans: Readonly<Record<HostId, VlanTag>>
  readonly mtuBytes: number
}

/** What one host sees of its part of one lab; the body of a `status` record with key `host/lab`. */
export interface LabStatus {
  readonly lab: LabName
  readonly intentVersion: string
  /** Log index of the assignment it acts on. */
  readonly index: number
  readonly nodes: readonly NodeStatus[]
  readonly ends: readonly EndStatus[]
  readonly vteps: readonly VtepStatus[]
  /** Output of `exec` commands that failed, and other things worth telling. */
  readonly notes: readonly string[]
}

export type NodeState = 'pending' | 'creating' | 'running' | 'error' | 'stopped'
export type LinkState = 'pending' | 'creating' | 'up' | 'error'
export type LabState = 'pending' | 'creating' | 'up' | 'degraded' | 'error' | 'down'
export type HostState = 'alive' | 'suspect' | 'down' | 'left'
export type HostRole = 'core' | 'worker' | 'gateway'

export interface NodeStatus {
  readonly name: NodeName
  readonly state: NodeState
  /** True once its post-start commands have all been run. */
  readonly ready: boolean
  readonly error?: string
}

/** One link end as read back from the kernel, the bridge and the container's namespace. */
export interface EndStatus {
  readonly endpoint: EndpointKey
  readonly segment: SegmentId
  /** What was read; absent fields were not there to read. */
  readonly vlan?: VlanTag
  readonly mtuBytes?: number
  readonly mac?: string
  readonly carrier: boolean
  /** The first thing that is wrong here, in words. */
  readonly error?: string
}

export interface VtepStatus {
  readonly segment: SegmentId
  readonly vni?: Vni
  readonly vlan?: VlanTag
  readonly mtuBytes?: number
  /** Overlay addresses frames are flooded to. */
  readonly remotes: readonly string[]
  readonly error?: string
}
