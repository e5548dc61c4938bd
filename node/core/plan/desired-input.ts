import type { EndpointKey, HostId, LabName, NodeName, SegmentId } from '../model/ids.ts'
import type { Assignment, LabIntent } from '../model/lab.ts'
import type { RosterEntry } from '../model/record.ts'
import type { Bridge, Resource } from '../model/resource.ts'

/** An intent and the assignment that answers it. */
export interface WantedLab {
  readonly intent: LabIntent
  readonly assignment: Assignment
}

export interface DesiredInput {
  readonly self: HostId
  readonly host: { readonly name: string; readonly overlayAddress: string }
  /** For the `skein/mesh` label. */
  readonly meshId: string
  readonly roster: readonly RosterEntry[]
  readonly labs: readonly WantedLab[]
  readonly bridge: Pick<Bridge, 'name' | 'datapath'>
  /** False on the userspace datapath without TSO. */
  readonly txOffload: boolean
  readonly wg: {
    readonly interface: string
    readonly privateKeyFile: string
    readonly publicKey: string
    readonly listenPort: number
    /** Of the overlay network; {@link OVERLAY_PREFIX_BITS} unless told. */
    readonly prefixBits?: number
  }
  /** Kernel and container names; their form is the drivers' business. */
  readonly names: {
    container(intent: LabIntent, node: NodeName): string
    nicDevice(lab: LabName, endpoint: EndpointKey): string
    vtepDevice(lab: LabName, segment: SegmentId): string
  }
  /** Absolute; files that travel with a lab lie in its `files` folder. */
  labFolder(lab: LabName): string
  /** UDP port of VXLAN. */
  readonly vxlanPort: number
  /** Only for the process ids of running containers. */
  readonly seen: readonly Resource[]
  /** A short digest of a text, the same for ever. */
  digest(text: string): string
}
