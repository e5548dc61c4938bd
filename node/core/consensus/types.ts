import type { HostId } from '#core/model/ids.ts'
import type { Entry, HardState, Snapshot } from './entry.ts'
import type { Message } from './messages.ts'

export type { Configuration, Entry, EntryData, HardState, Persisted, RaftConfig, Snapshot } from './entry.ts'

/** One atomic write. Applied in this order: `snapshot`, `truncateFrom`, `entries`, `hard`. */
export interface PersistEffect {
  readonly type: 'persist'
  readonly hard?: HardState
  /** Replaces everything from `entries[0].index` on. */
  readonly entries?: readonly Entry[]
  /** Every entry from this index on goes. */
  readonly truncateFrom?: number
  /** Replaces the one before; entries up to its index go, those after it stay. */
  readonly snapshot?: Snapshot
}

export type RoleName = 'leader' | 'follower' | 'candidate' | 'learner'

/**
 * What the caller must do, in order. A `persist` is durable before any effect after it starts, in this list and in later ones;
 * later calls may be made while earlier effects still wait.
 */
export type RaftEffect =
  | PersistEffect
  | { readonly type: 'send'; readonly to: HostId; readonly message: Message }
  /** In order of index, each entry once since start, noop and configuration entries too. */
  | { readonly type: 'commit'; readonly entries: readonly Entry[] }
  /** The state machine is replaced by the leader's snapshot; commits go on after its index. */
  | { readonly type: 'restore'; readonly snapshot: Snapshot }
  /** On change, and once after start. */
  | { readonly type: 'role'; readonly role: RoleName; readonly term: number; readonly leader: HostId | null }
