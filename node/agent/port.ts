import type { HostRole, HostState, LabIntent, LabState } from '#core/model/lab.ts'
import type { LabView } from '#core/view/types.ts'

export type { LabView, LinkView, NodeView, Waiting } from '#core/view/types.ts'

/** What the API may ask of the agent. Rejections are `MeshError`. Ages and times are milliseconds. */
export interface AgentPort {
  self(): SelfView
  hosts(): readonly HostView[]
  leader(): LeaderView
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
}

export interface LeaderView {
  readonly leader: string | null
  readonly term: number
  readonly voters: readonly string[]
  readonly quorum: { readonly have: number; readonly need: number }
  readonly missing: readonly string[]
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
