import type { HostId } from '#core/model/ids.ts'
import type { Entry, HardState, Snapshot } from './entry.ts'
import type { Message } from './messages.ts'
import type { PersistEffect, RaftEffect } from './types.ts'

/**
 * Collects what one call brings about. Everything to keep becomes a single write that stands first, so nothing can be said or committed
 * before it is durable (Raft paper figure 2: "updated on stable storage before responding").
 */
export class Outbox {
  #persist: Omit<PersistEffect, 'type'> | undefined
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

  send(to: HostId, message: Message): void {
    this.#effects.push({ type: 'send', to, message })
  }

  push(effect: Exclude<RaftEffect, PersistEffect>): void {
    this.#effects.push(effect)
  }

  /** All that was collected since the last call, what is to be kept first. */
  drain(): readonly RaftEffect[] {
    const effects = this.#effects
    const persist = this.#persist
    this.#effects = []
    this.#persist = undefined
    return persist === undefined ? effects : [{ type: 'persist', ...persist }, ...effects]
  }
}
