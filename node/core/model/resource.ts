import type { EndpointKey, LabName, NodeName, ResourceId, SegmentId, VlanTag, Vni } from './ids.ts'
import type { Shape } from './impairment.ts'
import type { Bind, EngineOptions, PublishedPort } from './lab.ts'

/**
 * One thing on one host. `id` is derived from what it is for, so wanted and seen meet by id.
 * `needs` names the resources that must have been seen before it can be made (wanted side only; drivers return []).
 */
export type Resource =
  | Shaper
  | Image
  | Workload
  | ExtContainer
  | HostBridge
  | Bridge
  | Wire
  | Nic
  | Port
  | Vtep
  | WgInterface
  | WgPeer
  | Outlet

interface Base {
  readonly id: ResourceId
  readonly needs: readonly ResourceId[]
  /** Set by a driver's `observe` where the thing is there but broken in a way its fields do not show; then it is made again. */
  readonly fault?: string
}

/** What runs lab nodes: a container engine, or a manager of system containers. */
export type Provider = 'docker' | 'lxd'

/** An image on this host; never deleted by a plan. id `image/<name>`, of LXD `lxd-image/<name>` */
export interface Image extends Base {
  readonly kind: 'image'
  /** Whose image; docker's unless told. */
  readonly provider?: Provider
  /** LXD: an alias, a fingerprint, or `sha256:<digest>[+<digest>]` of the files it came from. */
  readonly name: string
  /** Docker: the engine's id, `sha256:…`, whatever it is called. Wanted only where this very one is: then it is what the id is made of. */
  readonly digest?: string
  /** Wanted only: false where one that is missing must not be fetched. */
  readonly mayFetch?: boolean
  /** Wanted only, LXD: the files on this host it is made from where it is missing. */
  readonly files?: readonly string[]
}

/** A container. id `workload/<lab>/<node>` */
export interface Workload extends Base {
  readonly kind: 'workload'
  readonly provider: Provider
  readonly lab: LabName
  readonly node: NodeName
  readonly containerName: string
  readonly spec: WorkloadSpec
  /** Digest of `spec`, kept as a label: a differing one means the container is made again. */
  readonly specHash: string
  /** Wanted: always `running`. Seen: what the engine says; `lost` where it says running and the process is not there. */
  readonly state: 'running' | 'created' | 'exited' | 'paused' | 'lost' | 'other'
  /** Seen only: process id of the container's first process, its namespaces' door. */
  readonly pid?: number
  /** Seen only: engine's id (LXD's name) and start time; a new start has a new network namespace. */
  readonly containerId?: string
  readonly startedAt?: string
  readonly exitCode?: number
  /** Seen only: what the health check says, where there is one. */
  readonly health?: 'starting' | 'healthy' | 'unhealthy'
  /** Wanted only: as of a `LabNode`. */
  readonly restart?: 'no' | 'on-failure'
  readonly pull?: 'always'
  /** Wanted only: what it is made of where the name of its image stands for another here, or for none. */
  readonly imageDigest?: string
  /** Wanted only, and no reason to make it again: an archive on this host (tar) that is unpacked in it before its first start. */
  readonly start?: string
  /** Wanted only, and no reason to make it again: where it asks for names, unless its topology says. */
  readonly resolver?: Resolver
  /** The container whose network namespace it shares. Wanted: as it runs now, absent while it does not. */
  readonly joins?: { readonly containerId: string; readonly startedAt?: string }
}

interface Resolver {
  readonly server: string
  readonly search: string
}

export interface WorkloadSpec extends EngineOptions {
  /** Where `privileged` is absent: all the engine can give, where it can give all; else what a network node needs. */
  readonly isPrivilegedIfGranted?: true
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
  /** `none` where it is absent; what the node's interfaces are comes later. */
  readonly network?: 'host' | { readonly containerName: string }
}

/** The OVS bridge all lab ports of this host are on. id `bridge/<name>` */
export interface Bridge extends Base {
  readonly kind: 'bridge'
  readonly name: string
  readonly datapath: 'system' | 'netdev'
  /** Besides flows of wires it has the one that makes it a learning switch and no other; others were put there by hand. */
  readonly isSwitch: boolean
  /** Seen only: flows of wires as they should be, as ovs-ofctl(8) takes them. They stay where the others are put right. */
  readonly kept?: readonly string[]
  /** Seen only: settings that keep it from forwarding as it should, for people. */
  readonly changed?: string
}

/**
 * Two flows that make two ports of the bridge the ends of one cable: what comes in by one goes out by the other, whatever it is. The ports'
 * numbers follow from the tag, so flows outlive a port that goes and comes back. id `wire/<vlan>`
 */
export interface Wire extends Base {
  readonly kind: 'wire'
  readonly bridge: string
  /** Of the segment on this host. */
  readonly vlan: VlanTag
  /** Wanted: `lab/segment`. Seen: that of one of its ports, where it has one. */
  readonly owner?: string
  /** Seen only: how its flows are not as they should be, for people. */
  readonly changed?: string
}

/** A container that somebody else runs; never made, changed or deleted by us, only links are plugged into it. id `ext-container/<lab>/<node>` */
export interface ExtContainer extends Base {
  readonly kind: 'ext-container'
  readonly lab: LabName
  readonly node: NodeName
  readonly containerName: string
  /** Seen only; it is not seen while it does not run. */
  readonly pid?: number
}

/** A bridge of the host that somebody else made; never made, changed or deleted by us. id `host-bridge/<name>` */
export interface HostBridge extends Base {
  readonly kind: 'host-bridge'
  readonly name: string
  readonly type: 'linux' | 'ovs'
}

/** What a nic is where it is not a veth pair into a workload. */
export type NicForm =
  /** A veth pair with both ends in the host's own namespace; the far one in the Linux bridge `master`, where there is one. */
  | { readonly type: 'host'; readonly master?: string }
  /** A device in the workload, a child of one of the host; it has no host end. */
  | { readonly type: 'macvlan'; readonly parent: string; readonly mode: string }

/** A veth pair: one end in the host, the other in a workload's namespace, or what its form says. id `nic/<lab>/<endpoint>` */
export interface Nic extends Base {
  readonly kind: 'nic'
  readonly lab: LabName
  readonly endpoint: EndpointKey
  readonly form?: NicForm
  /** Kernel name of the host end, from `owner-mark.ts`. */
  readonly hostName: string
  /** Name inside the workload. */
  readonly name: string
  readonly workload: ResourceId
  /** Of the namespace it goes into; wanted side: filled from the seen workload when it runs, 0 before. */
  readonly pid: number
  /** Wanted: empty where any will do. */
  readonly mac: string
  /** Wanted: 0 where any will do. */
  readonly mtuBytes: number
  /** CIDR; only added, never taken away: a lab node may add its own. */
  readonly addresses: readonly string[]
  /** Wanted only: CIDRs the lab gave it before and does not give any more; those go where they are still there. */
  readonly notAddresses?: readonly string[]
  /** Wanted only: where a node's way out begins, set when the nic is made; what a node makes of it later is its own. */
  readonly way?: Way
  /** False on the userspace datapath without TSO: checksums must then be filled by the sender. */
  readonly txOffload: boolean
  /** Wanted only: the software in the workload takes the named end for its own; only the host's is kept as it should be. */
  readonly isTheirs?: true
  /** Seen only. */
  readonly ifindex?: number
  /** Seen only: of the host's end alone. */
  readonly outer?: { readonly mtuBytes: number; readonly up: boolean }
  readonly up: boolean
}

/** Default routes over gateways that answer at one MAC address; the addresses without prefix length. */
interface Way {
  readonly gateways: readonly string[]
  readonly mac: string
}

/**
 * What becomes of frames at one end of a link: queueing disciplines of the kernel that carry our handle. id `shaper/<lab>/<endpoint>`
 */
export interface Shaper extends Base {
  readonly kind: 'shaper'
  readonly lab: LabName
  readonly endpoint: EndpointKey
  /** Kernel name of the nic's host end. */
  readonly device: string
  /** On what goes to the node; empty where nothing is done to it. */
  readonly towards: Shape
  /** On what the node sends, inside its namespace; empty where nothing is done to it there. */
  readonly from: Shape
  /** Name inside the workload, and of its namespace as of a nic. */
  readonly name: string
  readonly pid: number
  /** Of the nic: one frame must fit into a bucket. */
  readonly mtuBytes: number
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
  /** Its OpenFlow number: wanted of ports of a wire only. */
  readonly number?: number
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
  /** Wanted only: known addresses of the peer that are not to be used now; a seen endpoint that is one of them did not roam. */
  readonly notEndpoints?: readonly string[]
  /** CIDRs, sorted. */
  readonly allowedIps: readonly string[]
  readonly keepaliveS: number
  /** Seen only: seconds since the epoch, 0 for never. */
  readonly lastHandshakeS?: number
}

/** The way out of this host for management networks: their addresses are translated, IPv4 is forwarded. One for all, id `outlet` */
export interface Outlet extends Base {
  readonly kind: 'outlet'
  /** By name, sorted; with the device that is this host's end. */
  readonly networks: readonly { readonly network: string; readonly cidr: string; readonly device: string }[]
  readonly forwards: boolean
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

/** The resource an op is about. */
export const subject = <R extends Resource>(op: Op<R>): R => (op.type === 'delete' ? op.from : op.to)

/** The lab a resource is part of; undefined for what a host has for all labs. */
export const labOf = (resource: Resource): string | undefined => {
  if ('lab' in resource) return resource.lab
  return resource.kind === 'port' || resource.kind === 'wire' ? resource.owner?.split('/')[0] : undefined
}
