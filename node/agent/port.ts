import type { HostRole, HostState, LabIntent, LabState } from '#core/model/lab.ts'
import type { LabView } from '#core/view/types.ts'

export type { LabView, LinkView, NodeView, Waiting } from '#core/view/types.ts'

/** What the API may ask of the agent. Rejections are `MeshError`. Ages and times are milliseconds. */
export interface AgentPort {
  self(): SelfView
  hosts(): readonly HostView[]
  /** What there is on one host that is to leave with it. NOT_FOUND where no host of the mesh is called so. */
  host(name: string): Promise<HostDetail>
  /** Commits that a host is to be empty, or that it may be used again. NO_QUORUM without a majority. */
  drainHost(name: string, drained: boolean): Promise<HostDetail>
  /** Removes a host for good. HOST_IN_USE where lab nodes are on it, unless `force`, or where it cannot lose its vote yet. */
  removeHost(
    name: string,
    options: { readonly force: boolean },
  ): Promise<{ readonly name: string; readonly id: string }>
  leader(): LeaderView
  /** The epoch, the voters as this host hears them, what their logs say, what works and what to do next. */
  quorum(): Promise<QuorumView>
  /**
   * Begins a new epoch on this host alone, after the majority was lost for good. NOT_CORE, QUORUM_STANDS, RECOVERY_UNDER_WAY, LOG_BEHIND;
   * BAD_INPUT where `confirm` is not this host's name.
   */
  recoverQuorum(ask: RecoverAsk): Promise<RecoveredView>
  /** From this host's log, or from the leader's where it keeps none. */
  allocations(): Promise<readonly AllocationView[]>
  /** Numbers for an owner; it gets the same ones when it asks again. NOT_CORE, NOT_FOUND, POOL_EXHAUSTED, NO_QUORUM, TIMEOUT. */
  reserve(ask: ReserveAsk): Promise<ReservationView>
  /** Gives back all that an owner reserved; how many numbers that were. NOT_CORE, NO_QUORUM, TIMEOUT. */
  free(owner: string): Promise<number>
  /** Commits a token; NO_QUORUM without a majority. */
  createToken(options: TokenOptions): Promise<TokenView>
  tokens(): readonly TokenInfo[]
  revokeToken(id: string): Promise<void>
  labs(): readonly LabSummary[]
  /** NOT_FOUND where no such lab is known. */
  lab(name: string): LabView
  /** Keeps, gossips and starts to make true; the generation it got. Contents are by sha256, hex. */
  submit(intent: LabIntent, contents: ReadonlyMap<string, Uint8Array>): Promise<{ readonly generation: number }>
  /** Takes a lab down; resolves when the deletion is kept, not when it is done. NOT_FOUND where no such lab is known. */
  remove(name: string): Promise<void>
  /** What `submit` would do now: where each node would go and why, and what changes. PLACEMENT_IMPOSSIBLE says all reasons. */
  plan(intent: LabIntent): PlanView
  /** Runs argv inside a lab node, wherever it runs. */
  exec(lab: string, node: string, argv: readonly string[]): Promise<ExecResult>
  /** Counters by name, for status and tests: records dropped by code, and the like. */
  counters(): Readonly<Record<string, number>>
}

interface SelfView {
  readonly id: string
  readonly name: string
  readonly role: HostRole
  readonly version: string
  readonly meshId: string
}

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

export interface AllocationView {
  readonly pool: string
  readonly value: number | string
  readonly host?: string
  readonly owner: string
  readonly sinceMs: number
  /** When a lease ends; absent where it has no end. */
  readonly untilMs?: number
}

export interface ReserveAsk {
  readonly pool: 'vni' | 'port' | 'mgmt'
  /** By name; whose ports, and only for those. */
  readonly host?: string
  readonly owner: string
  /** 1 unless told, at most 64. */
  readonly count?: number
  /** How long; for ever unless told. */
  readonly ttlMs?: number
}

export interface ReservationView {
  readonly pool: string
  readonly host?: string
  readonly owner: string
  /** Numbers, or addresses in their usual form. */
  readonly values: readonly (number | string)[]
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
}

export interface TokenInfo {
  readonly id: string
  readonly role: HostRole
  readonly expiresAt: string
  readonly usesLeft: number
  readonly state: 'open' | 'spent' | 'expired' | 'revoked'
}

export interface LabSummary {
  readonly name: string
  readonly state: LabState
  readonly generation: number
  readonly nodes: { readonly running: number; readonly total: number }
  readonly links: { readonly up: number; readonly total: number }
  readonly hosts: readonly string[]
}

export interface PlanView {
  readonly lab: string
  readonly nodes: readonly {
    readonly name: string
    readonly host: string
    readonly reason: string
    readonly change: 'create' | 'keep' | 'recreate' | 'move'
  }[]
  readonly removed: readonly string[]
  readonly links: readonly {
    readonly id: string
    readonly crossHost: boolean
    readonly mtu: number
    readonly change: 'create' | 'keep'
  }[]
  readonly removedLinks: readonly string[]
}

export interface ExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly host: string
}
