import type { Brand, HostId } from './ids.ts'
import type { HostRole } from './lab.ts'

export type RecordKind =
  | 'heartbeat'
  | 'events'
  | 'status'
  | 'intent'
  | 'assignment'
  | 'roster'
  | 'revisions'
  | 'saves'
  | 'access'
  | 'logouts'
  | 'draft'
  | 'exercise'
  | 'tasks'
  | 'schedule'
  | 'attached'

/** Mesh epoch, the author's durable boot counter, its sequence since boot: against replay. */
export type Fresh = readonly [epoch: number, boot: number, sequence: number]

/** What an author fills in; the agent adds author, freshness and signature. */
export interface RecordDraft {
  readonly kind: RecordKind
  readonly key: string
  /** Which of two records of one key wins: compared element by element, higher wins; `[]` means freshness decides. */
  readonly version: readonly (number | string)[]
  /** Wall clock; only lets receivers forget, decides nothing. 0 means never. */
  readonly expiresAtMs: number
  /** JSON. */
  readonly body: unknown
}

/** A signed, gossiped statement. The signature covers everything else, in canonical form. */
export interface SignedRecord extends RecordDraft {
  readonly author: HostId
  readonly fresh: Fresh
  /** base64url of 64 bytes, RFC 8032. */
  readonly signature: string
}

/** A record whose signature and author were checked; made only by `identity/verify.ts`. */
export type VerifiedRecord = Brand<SignedRecord, 'VerifiedRecord'>

/** 1 MiB: one record, encoded. Larger ones are dropped and counted. A lab of 3,000 links takes about as much, whichever record tells of it. */
export const MAX_RECORD_BYTES = 1_048_576

/** 64 KiB: one of the records that hosts send all the time, encoded. */
export const MAX_SMALL_RECORD_BYTES = 65_536

/** Body of a `heartbeat`; a record is less than 320 bytes. */
export interface HeartbeatBody {
  /** Product version. */
  readonly v: string
  readonly leader?: HostId
  readonly term?: number
  /** Of `leader` and `term`; absent means 1, the first of a mesh. */
  readonly epoch?: number
  /** Free CPUs × 100, free memory in MiB. */
  readonly cpu: number
  readonly mem: number
  /** CPUs × 100 and MiB of memory it has; absent in former versions. */
  readonly all?: readonly [cpu: number, mem: number]
  /** Percent of that which may be promised to lab nodes; absent means the usual. */
  readonly over?: readonly [cpu: number, mem: number]
  /** What the host can that not every one can (`CAPABILITIES`); absent where that is nothing. */
  readonly caps?: readonly string[]
  /** MTU of the network others reach it by; absent means 1500. */
  readonly mtu?: number
  /** The edition of the log it understands (`EDITION`); absent means the first. */
  readonly log?: number
  /** It has no free processor: its turns come late. */
  readonly starved?: true
}

/** One admitted host, as the log has it. */
export interface RosterEntry {
  readonly id: HostId
  readonly name: string
  readonly role: HostRole
  /** IP addresses other hosts reach it at, best first. */
  readonly addresses: readonly string[]
  /** IP addresses on its second network, best first; absent where it has one network. */
  readonly secondary?: readonly string[]
  /** TCP port of libp2p; probes of paths use the same number over UDP. */
  readonly port: number
  /** base64 of the WireGuard public key. */
  readonly wgPublicKey: string
  readonly wgPort: number
  /** Address inside the WireGuard mesh, given out by the log. */
  readonly overlayAddress: string
  readonly state: 'admitted' | 'removed'
  /** It gets nothing new, and what it has moves away. */
  readonly drained?: true
}

/** Body of the `roster` record, key `mesh`. */
export interface RosterBody {
  readonly meshId: string
  readonly epoch: number
  readonly term: number
  readonly index: number
  readonly voters: readonly HostId[]
  readonly hosts: readonly RosterEntry[]
}
