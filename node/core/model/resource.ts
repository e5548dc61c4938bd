import type { EndpointKey, LabName, NodeName, ResourceId, SegmentId, VlanTag, Vni } from './ids.ts'
import type { Bind, PublishedPort } from './lab.ts'

/**
 * One thing on one host. `id` is derived from what it is for, so wanted and seen meet by id.
 * `needs` names the resources that must have been seen before it can be made (wanted side only; drivers return []).
 */
export type Resource = Image | Workload | Bridge | Nic | Port | Vtep | WgInterface | WgPeer

interface Base {
  readonly id: ResourceId
  readonly needs: readonly ResourceId[]
  /** Set by a driver's `observe` where the thing is there but broken in a way its fields do not show; then it is made again. */
  readonly fault?: string
}

/** A container image on this host; never deleted by us. id `image/<name>` */
export interface Image extends Base {
  readonly kind: 'image'
  readonly name: string
}

/** A container. id `workload/<lab>/<node>` */
export interface Workload extends Base {
  readonly kind: 'workload'
  readonly provider: 'docker'
  readonly lab: LabName
  readonly node: NodeName
  readonly containerName: string
  readonly spec: WorkloadSpec
  /** Digest of `spec`, kept as a label: a differing one means the container is made again. */
  readonly specHash: string
  /** Wanted: always `running`. Seen: what the engine says. */
  readonly state: 'running' | 'created' | 'exited' | 'paused' | 'other'
  /** Seen only: process id of the container's first process, its namespaces' door. */
  readonly pid?: number
  /** Seen only: engine's id and start time; a new start has a new network namespace. */
  readonly containerId?: string
  readonly startedAt?: string
  readonly exitCode?: number
}

export interface WorkloadSpec {
  readonly image: string
  readonly hostname: string
  readonly cmd?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly sysctls: Readonly<Record<string, string>>
  /** Absolute host paths. */
  readonly binds: readonly Bind[]
  readonly ports: readonly PublishedPort[]
  readonly user?: string
  readonly cpu?: number
  readonly memoryBytes?: number
}

/** The OVS bridge all lab ports of this host are on. id `bridge/<name>` */
export interface Bridge extends Base {
  readonly kind: 'bridge'
  readonly name: string
  readonly datapath: 'system' | 'netdev'
  /** Its only flow is the one that makes it a learning switch; others were put there by hand. */
  readonly isSwitch: boolean
}

/** A veth pair: one end in the host, the other in a workload's namespace. id `nic/<lab>/<endpoint>` */
export interface Nic extends Base {
  readonly kind: 'nic'
  readonly lab: LabName
  readonly endpoint: EndpointKey
  /** Kernel name of the host end, from `owner-mark.ts`. */
  readonly hostName: string
  /** Name inside the workload. */
  readonly name: string
  readonly workload: ResourceId
  /** Of the namespace it goes into; wanted side: filled from the seen workload when it runs, 0 before. */
  readonly pid: number
  readonly mac: string
  readonly mtuBytes: number
  /** CIDR; only added, never taken away: a lab node may add its own. */
  readonly addresses: readonly string[]
  /** False on the userspace datapath without TSO: checksums must then be filled by the sender. */
  readonly txOffload: boolean
  /** Seen only. */
  readonly ifindex?: number
  readonly up: boolean
}

/** A device as an access port of the bridge. id `port/<device>` */
export interface Port extends Base {
  readonly kind: 'port'
  readonly bridge: string
  /** Kernel name: a nic's host end or a vtep's device. */
  readonly device: string
  readonly vlan: VlanTag
  /** What it is for: `lab/endpoint` or `lab/segment`; kept in external_ids. */
  readonly owner: string
  /** Seen only: of the device the port is really attached to. */
  readonly ifindex?: number
}

/** A kernel VXLAN device: this host's tunnel end of one segment. id `vtep/<lab>/<segment>` */
export interface Vtep extends Base {
  readonly kind: 'vtep'
  readonly lab: LabName
  readonly segment: SegmentId
  readonly device: string
  readonly vni: Vni
  /** Own overlay address, UDP port of VXLAN. */
  readonly local: string
  readonly port: number
  /** Overlay addresses of the other hosts of the segment, sorted; the flood list. */
  readonly remotes: readonly string[]
  readonly mtuBytes: number
  /** MAC learning: on for multi-access segments. */
  readonly learning: boolean
  /** Seen only. */
  readonly ifindex?: number
  readonly up: boolean
}

/** id `wg-interface/<name>` */
export interface WgInterface extends Base {
  readonly kind: 'wg-interface'
  readonly name: string
  /** File with the private key, 0600; the key itself is never in a resource. */
  readonly privateKeyFile: string
  readonly publicKey: string
  readonly listenPort: number
  /** Overlay address with prefix length. */
  readonly address: string
  readonly mtuBytes: number
}

/** id `wg-peer/<interface>/<public key>` */
export interface WgPeer extends Base {
  readonly kind: 'wg-peer'
  readonly interface: string
  readonly publicKey: string
  /** `ip:port` as configured; a seen endpoint may differ where the peer roamed and is then kept. */
  readonly endpoint: string
  /** CIDRs, sorted. */
  readonly allowedIps: readonly string[]
  readonly keepaliveS: number
  /** Seen only: seconds since the epoch, 0 for never. */
  readonly lastHandshakeS?: number
}

export type ResourceKind = Resource['kind']

/** One change to one resource. */
export type Op<R extends Resource = Resource> =
  | { readonly type: 'create'; readonly to: R; readonly reason: string }
  | { readonly type: 'update'; readonly from: R; readonly to: R; readonly reason: string }
  | { readonly type: 'delete'; readonly from: R; readonly reason: string }

/** What can be done now and what waits, and for what. */
export interface Plan {
  readonly ready: readonly Op[]
  readonly blocked: readonly { readonly op: Op; readonly waitingFor: readonly ResourceId[] }[]
}
