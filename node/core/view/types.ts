import type { EndImpairments } from '../impairment/ends.ts'
import type { ErrorCode } from '../model/errors.ts'
import type { EndpointKey, HostId, LabName } from '../model/ids.ts'
import type { Impairment } from '../model/impairment.ts'
import type { Assignment, LabIntent, LabState, LabStatus, LinkState, NodeState, PublishedPort } from '../model/lab.ts'
import type { MgmtAddresses } from '../model/mgmt.ts'
import type { RosterEntry } from '../model/record.ts'

/** Why a lab has no answer yet, for example NO_QUORUM with who is missing. */
export interface Waiting {
  readonly code: ErrorCode
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** One lab as the mesh has it; JSON that other programs rely on. */
export interface LabView {
  readonly name: string
  readonly state: LabState
  readonly generation: number
  /** When it was last asked for otherwise, or to go: by the clock of the host that took it, milliseconds since 1970. */
  readonly changedAtMs?: number
  readonly nodes: readonly NodeView[]
  readonly links: readonly LinkView[]
  readonly waiting?: Waiting
  /** What hosts told, each with the host's name. */
  readonly notes: readonly string[]
}

/** `host`: its name; null while it has none, empty for a bridge, which runs on no host. */
export interface NodeView {
  readonly name: string
  readonly kind: string
  readonly host: string | null
  /** `exited`: it has ended well and is not to be started again. */
  readonly state: NodeState | 'exited'
  readonly image: string
  readonly error?: string
  /** What it waits for, and how far that is. */
  readonly doing?: string
  /** Its addresses in the management network. */
  readonly mgmt?: MgmtAddresses
  /** Ports of its host that lead to it. */
  readonly ports?: readonly PublishedPort[]
}

/** `vni`: null on one host, and while there is no assignment. */
export interface LinkView {
  readonly id: string
  readonly state: LinkState
  readonly endpoints: readonly EndpointView[]
  /** What is done, on purpose, with what each end sends; absent where nothing is. */
  readonly impairments?: Readonly<Record<string, Impairment>>
  readonly vni: number | null
  readonly mtu: number | null
  /** What the way between its hosts carries whole now: larger packets go in pieces. Absent on one host. */
  readonly pathMtu?: number
  /** Its tunnel ends, by host; absent on one host. */
  readonly tunnels?: readonly TunnelView[]
  /** The first thing wrong on its way, and where. */
  readonly error?: string
  /** What is being done about that, or about what is still to be made. */
  readonly doing?: string
}

export interface EndpointView {
  readonly node: string
  readonly interface: string
  readonly host: string | null
  readonly mac: string | null
  readonly ipv4?: string
  readonly ipv6?: string
  readonly vlan: number | null
  /** Of the node; for an end in no node of the lab: what it is. */
  readonly kind?: string
  /** What the software inside calls it, or the file; absent where that is its Linux name. */
  readonly vendor?: string
  /** The bridge of the host it is plugged into, and the port there; absent where it is plugged into none. */
  readonly bridge?: string
  readonly port?: string
  /** What its host last read back; absent while it told nothing that can still be true. */
  readonly seen?: SeenEnd
}

/** What is null was not there to read. */
export interface SeenEnd {
  readonly vlan: number | null
  readonly mtu: number | null
  readonly mac: string | null
  readonly carrier: boolean
}

/** One tunnel end of a link. `vlan`: the tag it is to have there. `seen` is null while its host told nothing that can still be true. */
export interface TunnelView {
  readonly host: string
  readonly vlan: number | null
  readonly seen: {
    readonly vni: number | null
    readonly vlan: number | null
    readonly mtu: number | null
    /** Overlay addresses it floods to. */
    readonly remotes: readonly string[]
  } | null
}

/** One thing that is not as it should be: what, why, and what to do next. */
export interface Problem {
  readonly severity: 'error' | 'warn'
  readonly what: string
  readonly cause: string
  readonly next: string
  readonly lab?: string
  readonly host?: string
  /** Id of a link of the lab. */
  readonly link?: string
  /** Name of a node of the lab. */
  readonly node?: string
}

export interface LabViewInput {
  readonly intent: LabIntent
  readonly generation: number
  readonly changedAtMs?: number
  /** The one that answers this intent; undefined while there is none. */
  readonly assignment: Assignment | undefined
  /** What is done to its links on purpose. */
  readonly impaired?: EndImpairments
  /** The MAC address of each of its ends. */
  readonly macs?: ReadonlyMap<EndpointKey, string>
  /** What each host last told of this lab. */
  readonly statuses: ReadonlyMap<HostId, LabStatus>
  readonly roster: readonly RosterEntry[]
  /** Whether what a host told can still be true. */
  isAlive(host: HostId): boolean
  /** What the network of a host carries, in bytes; undefined where that is not known. */
  underlayMtu?(host: HostId): number | undefined
  /** How hosts call their bridge, and the port an end is plugged in by. */
  readonly plugs?: { readonly bridge: string; port(lab: LabName, end: EndpointKey, isTunnel: boolean): string }
  readonly waiting?: Waiting
  /** True once the lab is to be taken down. */
  readonly isDeleted?: boolean
}

/** The name of a host, its id where the roster does not have it. */
export const hostName = ({ roster }: Pick<LabViewInput, 'roster'>, id: HostId): string =>
  roster.find((host) => host.id === id)?.name ?? id
