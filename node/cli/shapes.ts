import type { FeedLevel } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'

/**
 * What the API answers, as far as the command line shows it; `--json` prints the whole answer.
 * A test holds these to the agent's own types.
 */
export interface Host {
  readonly name: string
  readonly state: string
  readonly role: string
  readonly ageMs: number | null
  readonly addresses: readonly string[]
  readonly overlayAddress: string
  readonly version: string | null
  readonly reason?: string
  readonly drained?: true
  readonly capabilities?: readonly string[]
  readonly capacity?: Capacity
}

/** What a host has for lab nodes: null where it does not say. */
export interface Capacity {
  readonly cpus: CapacityAmount
  readonly memoryMiB: CapacityAmount
}

interface CapacityAmount {
  readonly total: number | null
  readonly limit: number | null
  readonly promised: number
  readonly free: number
}

export interface HostState {
  readonly name: string
  readonly state: string
  readonly role: string
  readonly capacity?: Capacity
  readonly drained: boolean
  readonly leads: boolean
  readonly votes: boolean
  readonly voteReason?: string
  readonly nodes: readonly { readonly lab: string; readonly node: string; readonly reason: string | null }[]
}

export interface Leader {
  readonly leader: string | null
  readonly term: number
  readonly ageMs: number | null
  readonly voters: readonly string[]
  readonly quorum: { readonly have: number; readonly need: number }
  readonly missing: readonly string[]
}

export interface Quorum {
  readonly host: string
  readonly epoch: number
  readonly leader: string | null
  readonly term: number
  readonly sinceMs: number
  readonly quorum: { readonly have: number; readonly need: number }
  readonly missing: readonly string[]
  readonly members: readonly QuorumMember[]
  readonly works: readonly string[]
  readonly waits: readonly string[]
  readonly next: readonly string[]
  readonly recovery: { readonly code: string; readonly message: string; readonly force: boolean } | null
}

export interface QuorumMember {
  readonly name: string
  readonly votes: boolean
  readonly state: string
  readonly ageMs: number | null
  readonly log: {
    readonly epoch: number
    readonly term: number
    readonly index: number
    readonly committed: number
  } | null
}

export interface Recovered {
  readonly host: string
  readonly epoch: number
  readonly formerEpoch: number
  readonly undecidedEntries: number
  readonly copy: string
}

export interface Allocation {
  readonly pool: string
  readonly value: number | string
  readonly host?: string
  readonly owner: string
  /** Milliseconds since 1970, by the clock of whoever led. */
  readonly sinceMs: number
  /** Likewise; absent where it has no end. */
  readonly untilMs?: number
}

export interface Reservation {
  readonly pool: string
  readonly host?: string
  readonly owner: string
  readonly values: readonly (number | string)[]
}

export interface Token {
  readonly token: string
  readonly id: string
  readonly role: string
  readonly expiresAt: string
  readonly replaces?: string
}

export interface TokenRow {
  readonly id: string
  readonly role: string
  readonly expiresAt: string
  readonly usesLeft: number
  readonly state: string
}

export interface EventShape {
  readonly host: HostId
  readonly hostName: string
  readonly boot: number
  readonly seq: number
  readonly atMs: number
  readonly level: FeedLevel
  readonly code: string
  readonly lab?: string
  readonly about?: string
  readonly message: string
}

export interface EventsPage {
  readonly events: readonly EventShape[]
  readonly cursor: string
}

export interface PeerPaths {
  readonly name: string
  readonly inUse: string | null
  readonly chosen: string | null
  readonly endpoint: string | null
  readonly handshakeAgeMs: number | null
  readonly paths: readonly {
    readonly path: string
    readonly address: string
    readonly condition: string
    readonly rttMs: number | null
    readonly loss: number | null
  }[]
}

export interface OwnAddressesShape {
  readonly addresses: readonly string[]
  readonly secondary?: readonly string[]
}

export interface UserRow {
  readonly name: string
  readonly role: string
}

export interface ApiTokenRow {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export interface NewApiToken extends ApiTokenRow {
  /** Shown once. */
  readonly token: string
}
