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
}

export interface HostState {
  readonly name: string
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
}

export interface TokenRow {
  readonly id: string
  readonly role: string
  readonly expiresAt: string
  readonly usesLeft: number
  readonly state: string
}

export interface LabRow {
  readonly name: string
  readonly state: string
  readonly generation: number
  readonly nodes: { readonly running: number; readonly total: number }
  readonly links: { readonly up: number; readonly total: number }
  readonly hosts: readonly string[]
}

interface LabNodeShape {
  readonly name: string
  readonly kind: string
  readonly host: string | null
  readonly state: string
  readonly image: string
  readonly error?: string
}

export interface LinkEnd {
  readonly node: string
  readonly interface: string
  readonly host: string | null
  readonly mac: string | null
  readonly ipv4?: string
  readonly ipv6?: string
  readonly vlan: number | null
}

export interface LinkShape {
  readonly id: string
  readonly state: string
  readonly endpoints: readonly LinkEnd[]
  readonly vni: number | null
  readonly mtu: number | null
  readonly error?: string
}

export interface LabShape {
  readonly name: string
  readonly state: string
  readonly generation: number
  readonly nodes: readonly LabNodeShape[]
  readonly links: readonly LinkShape[]
  readonly waiting?: {
    readonly code: string
    readonly message: string
    readonly details?: Readonly<Record<string, unknown>>
  }
  readonly notes: readonly string[]
}

export interface PlanShape {
  readonly lab: string
  readonly nodes: readonly {
    readonly name: string
    readonly host: string
    readonly reason: string
    readonly change: string
  }[]
  readonly removed: readonly string[]
  readonly links: readonly {
    readonly id: string
    readonly crossHost: boolean
    readonly mtu: number
    readonly change: string
  }[]
  readonly removedLinks: readonly string[]
}

export interface ExecOutcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly host: string
}
