import type { HostRole, HostState } from '#core/model/lab.ts'

export interface HostView {
  readonly name: string
  readonly id: string
  readonly state: HostState
  readonly role: HostRole
  /** Since last heard of; null where it never was. */
  readonly ageMs: number | null
  readonly addresses: readonly string[]
  readonly overlayAddress: string
  readonly version: string | null
  /** Why it is in that state, where it is not `alive`. */
  readonly reason?: string
  /** Nothing new is placed on it. */
  readonly drained?: true
  /** What it can that not every host can, such as `lxd`; absent where that is nothing. */
  readonly capabilities?: readonly string[]
  /** Absent where it never said, or has left. */
  readonly capacity?: CapacityView
}

/** What a host has for lab nodes. */
export interface CapacityView {
  readonly cpus: AmountView
  readonly memoryMiB: AmountView
}

/** `total` and `limit`, what may be promised, are null where the host does not say; `free` by its last measure. */
interface AmountView {
  readonly total: number | null
  readonly limit: number | null
  readonly promised: number
  readonly free: number
}

export interface HostDetail {
  readonly name: string
  readonly id: string
  readonly state: HostState
  readonly role: HostRole
  readonly drained: boolean
  readonly leads: boolean
  readonly votes: boolean
  /** Why it keeps its vote though it is drained; absent where it need not. */
  readonly voteReason?: string
  readonly capacity?: CapacityView
  /** Lab nodes placed on it or still there. `reason`: why it stays on a drained host, null where it does not. */
  readonly nodes: readonly { readonly lab: string; readonly node: string; readonly reason: string | null }[]
}

export interface LeaderView {
  readonly leader: string | null
  readonly term: number
  /** How long ago this host first saw it lead in this term; null where nobody leads. */
  readonly ageMs: number | null
  readonly voters: readonly string[]
  readonly quorum: { readonly have: number; readonly need: number }
  readonly missing: readonly string[]
}

export interface QuorumView {
  /** The host that says so. */
  readonly host: string
  readonly epoch: number
  readonly leader: string | null
  readonly term: number
  /** How long the leader, or that there is none, has been so, as seen from here. */
  readonly sinceMs: number
  readonly quorum: { readonly have: number; readonly need: number }
  readonly missing: readonly string[]
  /** Core hosts: those that vote first, then those that learn along. */
  readonly members: readonly QuorumMember[]
  /** In words. */
  readonly works: readonly string[]
  readonly waits: readonly string[]
  readonly next: readonly string[]
  /** Why a recovery on this host would be refused now; null where it would not. */
  readonly recovery: { readonly code: string; readonly message: string; readonly force: boolean } | null
}

export interface QuorumMember {
  readonly name: string
  readonly votes: boolean
  readonly state: HostState
  /** Since last heard of; null where it never was. */
  readonly ageMs: number | null
  /** Its last entry, and up to where it knows it decided; null where it has no log or did not answer. */
  readonly log: {
    readonly epoch: number
    readonly term: number
    readonly index: number
    readonly committed: number
  } | null
}

export interface RecoverAsk {
  /** The name of the host that recovers, typed by a person. */
  readonly confirm: string
  /** Also where another host's log goes further. */
  readonly force: boolean
}

export interface RecoveredView {
  readonly host: string
  readonly epoch: number
  readonly formerEpoch: number
  /** Entries of the log that nobody had said were decided; they count now. */
  readonly undecidedEntries: number
  /** Path of the copy of the log as it was. */
  readonly copy: string
}

export interface TokenOptions {
  readonly role: HostRole
  readonly ttlMs: number
  readonly uses: number
  readonly name?: string
}

export interface TokenView {
  readonly token: string
  readonly id: string
  readonly role: HostRole
  /** ISO 8601. */
  readonly expiresAt: string
  /** Name of the lost host whose place the one that joins with it takes. */
  readonly replaces?: string
}

export interface TokenInfo {
  readonly id: string
  readonly role: HostRole
  readonly expiresAt: string
  readonly usesLeft: number
  readonly state: 'open' | 'spent' | 'expired' | 'revoked'
}

/** What is absent stays as it is; an empty `secondary` takes the second network away. */
export interface AddressesAsk {
  readonly primary?: string
  readonly secondary?: string
}

export interface AddressesView {
  readonly addresses: readonly string[]
  readonly secondary?: readonly string[]
}

export interface PeerPathsView {
  readonly name: string
  /** Where WireGuard sends: on one of the paths, or where the peer last called from; null where nowhere yet. */
  readonly inUse: 'primary' | 'secondary' | 'elsewhere' | null
  /** What probes say it should be; null where there is one path only, or no answer yet. */
  readonly chosen: 'primary' | 'secondary' | null
  /** `ip:port`; null where none is known. */
  readonly endpoint: string | null
  /** Since WireGuard last agreed on keys with it; null for never. Older than about 150 s: the tunnel is dead. */
  readonly handshakeAgeMs: number | null
  readonly paths: readonly PathView[]
}

/** `rttMs` and `loss` (0 to 1) of the last ten seconds or so; null where nothing is known. */
interface PathView {
  readonly path: 'primary' | 'secondary'
  readonly address: string
  readonly condition: 'not probed' | 'unknown' | 'good' | 'degraded' | 'lost'
  readonly rttMs: number | null
  readonly loss: number | null
}
