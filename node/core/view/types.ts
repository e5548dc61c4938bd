import type { ErrorCode } from '../model/errors.ts'
import type { HostId } from '../model/ids.ts'
import type { Assignment, LabIntent, LabState, LabStatus, LinkState, NodeState } from '../model/lab.ts'
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
  readonly state: NodeState
  readonly image: string
  readonly error?: string
}

/** `vni`: null on one host, and while there is no assignment. */
export interface LinkView {
  readonly id: string
  readonly state: LinkState
  readonly endpoints: readonly EndpointView[]
  readonly vni: number | null
  readonly mtu: number | null
  readonly error?: string
}

export interface EndpointView {
  readonly node: string
  readonly interface: string
  readonly host: string | null
  readonly mac: string | null
  readonly ipv4?: string
  readonly ipv6?: string
  readonly vlan: number | null
}

export interface LabViewInput {
  readonly intent: LabIntent
  readonly generation: number
  /** The one that answers this intent; undefined while there is none. */
  readonly assignment: Assignment | undefined
  /** What each host last told of this lab. */
  readonly statuses: ReadonlyMap<HostId, LabStatus>
  readonly roster: readonly RosterEntry[]
  /** Whether what a host told can still be true. */
  isAlive(host: HostId): boolean
  readonly waiting?: Waiting
  /** True once the lab is to be taken down. */
  readonly isDeleted?: boolean
}

/** The name of a host, its id where the roster does not have it. */
export const hostName = ({ roster }: Pick<LabViewInput, 'roster'>, id: HostId): string =>
  roster.find((host) => host.id === id)?.name ?? id
