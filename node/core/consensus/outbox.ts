import type { HostId } from '#core/model/ids.ts'
import type { Entry, HardState, Snapshot } from './entry.ts'
import type { Message } from './messages.ts'
import type { PersistEffect, RaftEffect } from './types.ts'

/**
 * Collects what one call brings about. Everything to keep becomes a single write that stands first, so nothing can be answered or committed
 * before it is durable (Raft paper figure 2: "updated on stable storage before responding").
 */
export class Outbox {
  #persist: Omit<PersistEffect, 'type'> | undefined
  #before: readonly RaftEffect[] = []
  #effects: RaftEffect[] = []

  keepHard(hard: HardState): void {
    this.#persist = { ...this.#persist, hard }
  }

  /** `entries` replace everything from the first of them on, in the log and among those collected. */
  keepEntries(entries: readonly Entry[]): void {
    const first = entries[0]
    if (first === undefined) return
    const before = (this.#persist?.entries ?? []).filter((entry) => entry.index < first.index)
    this.#persist = { ...this.#persist, entries: [...before, ...entries] }
  }

  /** The snapshot of the own state machine; later entries stay. */
  keepCompaction(snapshot: Snapshot): void {
    this.#persist = { ...this.#persist, snapshot }
  }

  /** The leader's snapshot; nothing of the log stays. */
  keepReplacement(snapshot: Snapshot): void {
    this.#persist = { ...this.#persist, snapshot, truncateFrom: snapshot.index + 1 }
  }

  /**
   * What was collected so far tells of nothing that is kept from now on, so it may leave while the write is under way. For a leader's appends
   * alone (dissertation §10.2.1): what follows from its own entry, such as a commit, comes after the write. Does nothing where something is to be kept already.
   */
  needsNoWrite(): void {
    if (this.#persist !== undefined) return
    this.#before = [...this.#before, ...this.#effects]
    this.#effects = []
  }

  send(to: HostId, message: Message): void {
    this.#effects.push({ type: 'send', to, message })
  }

  push(effect: Exclude<RaftEffect, PersistEffect>): void {
    this.#effects.push(effect)
  }

  /** All that was collected since the last call, what is to be kept first but for what needs no write. */
  drain(): readonly RaftEffect[] {
    const effects = this.#effects
    const before = this.#before
    const persist = this.#persist
    this.#effects = []
    this.#before = []
    this.#persist = undefined
    return persist === undefined ? [...before, ...effects] : [...before, { type: 'persist', ...persist }, ...effects]
  }
}
