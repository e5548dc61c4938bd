import type { EndpointKey, HostId, LabName, NodeName, SegmentId } from '../model/ids.ts'
import type { Assignment, LabIntent } from '../model/lab.ts'
import type { RosterEntry } from '../model/record.ts'
import type { Bridge, Resource } from '../model/resource.ts'
import type { Path } from '../paths/paths.ts'
import type { FormerAddresses } from './former-addresses.ts'

/** An intent and the assignment that answers it. */
export interface WantedLab {
  readonly intent: LabIntent
  readonly assignment: Assignment
  readonly former?: FormerAddresses
}

export interface DesiredInput {
  readonly self: HostId
  readonly host: { readonly name: string; readonly overlayAddress: string }
  /** For the `skein/mesh` label. */
  readonly meshId: string
  readonly roster: readonly RosterEntry[]
  readonly labs: readonly WantedLab[]
  readonly bridge: Pick<Bridge, 'name' | 'datapath'>
  /** What the network of a host carries, in bytes; undefined where that is not known. */
  underlayMtu?(host: HostId): number | undefined
  /** False on the userspace datapath without TSO. */
  readonly txOffload: boolean
  readonly wg: {
    readonly interface: string
    readonly privateKeyFile: string
    readonly publicKey: string
    readonly listenPort: number
    /** Of the overlay network; {@link OVERLAY_PREFIX_BITS} unless told. */
    readonly prefixBits?: number
    /** Which of two paths a peer is reached on; undefined where there is one, or where what is in use is to stay. */
    path?(host: HostId): Path | undefined
    /** Endpoints that addresses the peer no longer has gave: a tunnel that still uses one is led to the new one. */
    formerEndpoints?(host: HostId): readonly string[]
  }
  /** Kernel and container names; their form is the drivers' business. */
  readonly names: {
    container(intent: LabIntent, node: NodeName): string
    nicDevice(lab: LabName, endpoint: EndpointKey): string
    vtepDevice(lab: LabName, segment: SegmentId): string
    /** The far end of a cable into a bridge of the host. */
    joinDevice(lab: LabName, bridge: string): string
    /** The end of a management network that is this host's. */
    mgmtDevice(network: string): string
  }
  /** IPv4 networks this host reaches without a router, and by which device; none where nothing is known of them. */
  readonly nearNetworks?: readonly { readonly device: string; readonly cidr: string }[]
  /** False where the kernel of this host has no IPv6. */
  readonly hasIpv6?: boolean
  /** Absolute; files that travel with a lab lie in its `files` folder. */
  labFolder(lab: LabName): string
  /** UDP port of VXLAN. */
  readonly vxlanPort: number
  /** Wall clock, for schedules of flapping links; 0 where they do not matter. */
  readonly wallMs?: number
  /** Only for the process ids of running containers. */
  readonly seen: readonly Resource[]
  /** A short digest of a text, the same for ever. */
  digest(text: string): string
}
