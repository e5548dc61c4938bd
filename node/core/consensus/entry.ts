import type { HostId } from '#core/model/ids.ts'

/** Times in milliseconds of the host's monotonic clock. */
export interface RaftConfig {
  /** A follower that hears no leader for 1–2 times this (drawn anew each time) asks for votes; a leader that hears no majority for it steps down. */
  readonly electionTimeoutMs: number
  /** At most this long between two messages of a leader to each peer. */
  readonly heartbeatMs: number
  /** Most entries in one append message; default 512. */
  readonly batchEntries?: number
}

/** Who votes, and who only follows along. No host is in both. */
export interface Configuration {
  readonly voters: readonly HostId[]
  readonly learners: readonly HostId[]
}

/** `command` is JSON and opaque here. */
export type EntryData =
  | { readonly type: 'noop' }
  | { readonly type: 'command'; readonly command: unknown }
  | { readonly type: 'configuration'; readonly configuration: Configuration }

/** One place of the log; indexes count from 1 and have no gaps. */
export interface Entry {
  readonly index: number
  readonly term: number
  readonly data: EntryData
}

/** What must survive a crash before anybody hears of it, Raft paper figure 2 "persistent state". */
export interface HardState {
  readonly term: number
  readonly votedFor: HostId | null
}

/**
 * Stands for every entry up to and including `index`. The snapshot a mesh starts from has index 0, term 0 and the same empty `state`
 * on every host; a host that waits to be added starts with a configuration without voters.
 */
export interface Snapshot {
  readonly index: number
  readonly term: number
  readonly configuration: Configuration
  /** JSON and opaque here. */
  readonly state: unknown
}

/** What the store gives back at start. */
export interface Persisted {
  readonly hard: HardState
  readonly snapshot: Snapshot
  readonly entries: readonly Entry[]
}
