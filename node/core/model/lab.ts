import type { EndpointKey, HostId, HostName, LabName, LinkId, NodeName, SegmentId, VlanTag, Vni } from './ids.ts'
import type { Impairment } from './impairment.ts'
import type { MgmtAssignment, MgmtWish, PublishedOn } from './mgmt.ts'
import type { Device, Dns, Healthcheck, StageName, Stages, Volume } from './node-parts.ts'
import type { Software } from './software.ts'

/** A checked topology with defaults filled in: what should be. JSON; travels as the body of an `intent` record. */
export interface LabIntent {
  readonly name: LabName
  /** Container names are `<prefix>-<lab>-<node>`, or `<node>` where it is empty. */
  readonly prefix: string
  readonly nodes: readonly LabNode[]
  readonly links: readonly Link[]
  readonly segments: readonly Segment[]
  /** What links end in that is no node the lab runs; each runs on one host. Absent where there is none. */
  readonly anchors?: readonly Anchor[]
  /** The management network its nodes are in; absent where the file says nothing of it. */
  readonly mgmt?: MgmtWish
  /** No link may carry larger packets than its way carries whole. Not of the file: whoever submits it says so. */
  readonly strictMtu?: boolean
  /** Files the lab brings along, by content. */
  readonly files: readonly LabFile[]
  /** Which image each name stands for on every host of the lab: the engine's id, `sha256:…`. Not of the file: whoever takes it finds out. */
  readonly images?: Readonly<Record<string, string>>
}

/** What a node asks of the engine that runs it, as it is handed on. */
export interface EngineOptions {
  readonly volumes?: readonly Volume[]
  /** CPUs it may run on, as `0-2,4`. */
  readonly cpuSet?: string
  readonly shmBytes?: number
  readonly devices?: readonly Device[]
  /** Capabilities without `CAP_`, next to those every node gets. */
  readonly capAdd?: readonly string[]
  /** True: all the engine can give; false: what the engine gives by itself; absent: what a network node needs. */
  readonly privileged?: boolean
  /** Options by place in the container. */
  readonly tmpfs?: Readonly<Record<string, string>>
  readonly securityOpts?: readonly string[]
  readonly cgroupns?: 'host' | 'private'
  readonly cgroupParent?: string
  readonly pid?: 'host'
  readonly dns?: Dns
  readonly healthcheck?: Healthcheck
}

/** Optional fields are absent where the topology says nothing, so that what is stored of a node says only what was asked. */
export interface LabNode extends EngineOptions {
  readonly name: NodeName
  /** An `lxd` node is a system container. A `bridge` node is a segment, not a container, and runs on no host. */
  readonly kind: 'linux' | 'lxd' | 'bridge'
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
  /** `host`: the network of the host; `container`: that of `networkOf`. Absent means the management network. */
  readonly networkMode?: 'none' | 'host' | 'container'
  /** The node whose network namespace this one shares; both run on one host. */
  readonly networkOf?: NodeName
  readonly startupDelayMs: number
  /** The host this node must run on, by name. */
  readonly host?: HostName
  readonly type?: string
  readonly group?: string
  /** Absent means the name of the node. */
  readonly hostname?: string
  /** Absent: fetched where it is not there. */
  readonly pull?: 'always' | 'never'
  /** What is done when the node ends by itself; absent: it is started again. `on-failure`: only where it ended with another code than 0. */
  readonly restart?: 'no' | 'on-failure'
  /** In the management network, without prefix length. */
  readonly mgmtIpv4?: string
  readonly mgmtIpv6?: string
  /** More names in the management network. */
  readonly aliases?: readonly string[]
  readonly stages?: Stages
  /** Path of a `LabFile`. */
  readonly startupConfig?: string
  readonly license?: string
  /** Of a vendor's kind, or of what labels say; its `kind` is `linux` all the same. */
  readonly software?: Software
  /** LXD: paths of the `LabFile`s its image is made of: one unified archive, or metadata and root file system. */
  readonly imageFiles?: readonly string[]
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
  /** Of a node, or of an {@link Anchor}. */
  readonly node: NodeName
  /** As Linux names it inside the node, at most 15 bytes. */
  readonly interface: string
  /** As the file names it, where that is a name of the node's kind: `ethernet-1/1` for `e1-1`. */
  readonly alias?: string
  /** As the file asks, lower case with colons; absent means: given by the leader. */
  readonly mac?: string
  /** With prefix length. */
  readonly ipv4?: string
  readonly ipv6?: string
  readonly vars?: Vars
}

/** Free values for templates and tools, as JSON; Skein itself reads `impairment` of them, and no other. */
export type Vars = Readonly<Record<string, unknown>>

/**
 * What a link ends in that is no node the lab runs. Named as ends of links name it; unique among the lab's nodes. Without `host` it is on
 * the host that took the intent.
 */
export type Anchor =
  /** The namespace of a host: the end is a device there, of that very name. */
  | { readonly type: 'host'; readonly name: NodeName; readonly host?: HostName }
  /** A container that somebody else runs: links are plugged into it, it is never started, stopped or deleted. */
  | { readonly type: 'ext-container'; readonly name: NodeName; readonly host?: HostName; readonly container: string }
  /** The tunnel end of somebody else; runs beside the link's other end where no host is named. */
  | {
      readonly type: 'vxlan'
      readonly name: NodeName
      readonly host?: HostName
      /** Address of the other tunnel end. */
      readonly remote: string
      readonly vni: number
      readonly udpPort: number
    }

/** What a link with one end is, in the place of a cable to another. */
export type InnerDevice =
  /** Nothing: what is sent there is gone. */
  | { readonly type: 'dummy' }
  /** A cable into the management network of the lab, on whichever host the node runs. */
  | { readonly type: 'mgmt-net' }
  /** A child of an interface of the host the node runs on, which is `host` or the one that took the intent. */
  | {
      readonly type: 'macvlan'
      readonly parent: string
      readonly mode: 'bridge' | 'vepa' | 'private' | 'passthru'
      readonly host?: HostName
    }

/** A cable: two ends, or more where the topology says so; one where a `device` is in the place of the other. */
export interface Link {
  readonly id: LinkId
  readonly segment: SegmentId
  readonly endpoints: readonly Endpoint[]
  /** As the topology asks; absent means computed. */
  readonly mtuBytes?: number
  readonly device?: InnerDevice
  /** What is done, on purpose, with what each end sends; absent where nothing is. */
  readonly impairments?: Readonly<Record<EndpointKey, Impairment>>
  readonly vars?: Vars
  readonly labels?: Readonly<Record<string, string>>
}

/** A layer-2 domain: every endpoint of its links that is not a bridge's own. */
export interface Segment {
  readonly id: SegmentId
  readonly endpoints: readonly Endpoint[]
  /** True where frames may go to more than one other end. */
  readonly multiAccess: boolean
  readonly mtuBytes?: number
  /** In place of the other end: then there is one endpoint. */
  readonly device?: InnerDevice
  /** Bridge nodes in it: a bridge of that name that a host has already is joined there, on `host` alone where it is told. */
  readonly bridges?: readonly { readonly name: NodeName; readonly host?: HostName }[]
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
  /** Absent where no node is in one, and in what former versions decided. */
  readonly mgmt?: MgmtAssignment
  /** Ports of hosts that lead to nodes; absent where there are none. */
  readonly published?: readonly PublishedOn[]
  /** What nodes are promised; those that asked for nothing are not in it. Absent in what former versions decided. */
  readonly requests?: Readonly<Record<NodeName, NodeRequest>>
  readonly epoch: number
  readonly term: number
  readonly index: number
}

/** CPUs × 100 and MiB of memory; absent is none. */
export interface NodeRequest {
  readonly cpu?: number
  readonly mem?: number
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
  /** Nodes here that run and whose end in the management network is as it should be; absent where there are none. */
  readonly reachable?: readonly NodeName[]
  /** Output of `exec` commands that failed, and other things worth telling. */
  readonly notes: readonly string[]
}

export type NodeState = 'pending' | 'creating' | 'running' | 'error' | 'stopped'
/** `down`: without carrier because somebody asked for it. */
export type LinkState = 'pending' | 'creating' | 'up' | 'down' | 'error'
export type LabState = 'pending' | 'creating' | 'up' | 'degraded' | 'error' | 'down'
export type HostState = 'alive' | 'suspect' | 'down' | 'left'
export type HostRole = 'core' | 'worker' | 'gateway'

export interface NodeStatus {
  readonly name: NodeName
  readonly state: NodeState
  /** True once its post-start commands have all been run, and its health check passes where it has one. */
  readonly ready: boolean
  readonly error?: string
  /** What it waits for, and how far that is. */
  readonly doing?: string
  /** Stages it has behind it, where nodes of the lab wait for each other. */
  readonly stages?: readonly StageName[]
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
  /** What is being done about it, or about what is still to be made. */
  readonly doing?: string
}

export interface VtepStatus {
  readonly segment: SegmentId
  readonly vni?: Vni
  readonly vlan?: VlanTag
  readonly mtuBytes?: number
  /** Overlay addresses frames are flooded to. */
  readonly remotes: readonly string[]
  /** As of an end. */
  readonly error?: string
  readonly doing?: string
}
