import type { PersistEffect, Persisted } from '#core/consensus/types.ts'
import type { Fresh, RecordKind, SignedRecord } from '#core/model/record.ts'

export type { Persisted } from '#core/consensus/types.ts'
export { openStore } from './level-store.ts'
export { memoryStore } from './memory-store.ts'

/** What one raft round wants kept, in one atomic write. */
export type RaftWrite = Omit<PersistEffect, 'type'>

/**
 * What a host keeps across restarts and power cuts. A promise that was fulfilled is on the disk; a write is there whole or
 * not at all. Every read rejects with MeshError CORRUPT_STORE, naming the key, where what was read is not what was written.
 */
export interface Store {
  /** Undefined where nothing was ever persisted; a snapshot of index 0 without voters and state where only that was not. */
  loadRaft(): Promise<Persisted | undefined>
  /**
   * One synced batch for all of them, with what each alone would leave, one after the other, applied in the order snapshot,
   * truncateFrom, entries, hard. Calls are carried out in order.
   */
  persistRaft(...writes: readonly RaftWrite[]): Promise<void>

  /**
   * Copies what `loadRaft` would give into a JSON file that only its owner may read; answers its path. The newest five, by name, are
   * kept. `name`: letters, digits and dashes.
   */
  copyRaft(name: string): Promise<string>

  loadRecords(): Promise<readonly SignedRecord[]>
  /** Replaces the one of that kind and key. */
  putRecord(record: SignedRecord): Promise<void>
  deleteRecord(kind: RecordKind, key: string): Promise<void>

  /** The number of this start of the agent, one higher at each call, from 1; durable before it is known. */
  nextBoot(): Promise<number>
  /** Highest freshness seen, by `freshKey` of core/record/freshness.ts or whatever key the caller gives. */
  loadFreshness(): Promise<Readonly<Record<string, Fresh>>>
  putFreshness(batch: Readonly<Record<string, Fresh>>): Promise<void>

  /** JSON, undecoded; undefined where there is none. */
  getMeta(key: string): Promise<unknown>
  /** Undefined: nothing is kept under it any more. */
  putMeta(key: string, value: unknown): Promise<void>

  /** What `appendEvents` kept, oldest first; JSON, undecoded. */
  loadEvents(): Promise<readonly unknown[]>
  /** Keeps events of this host, `at` being the first one's place; the oldest are dropped where there are too many. */
  appendEvents(at: readonly [boot: number, seq: number], events: readonly unknown[]): Promise<void>

  /** Keeps bytes under their digest (hex). Rejects with BAD_INPUT where the digest is another. */
  putBlob(sha256: string, bytes: Uint8Array): Promise<void>
  /** Rejects with NOT_FOUND where there is none, CORRUPT_STORE where the bytes on disk have another digest. */
  getBlob(sha256: string): Promise<Uint8Array>
  hasBlob(sha256: string): Promise<boolean>
  /** Removes what was put before `beforeMs` (wall clock) and is not named; how many those were. */
  dropBlobs(named: ReadonlySet<string>, beforeMs: number): Promise<number>

  /** Waits for what is being written. */
  close(): Promise<void>
}
