import type { Entry, HardState, PersistEffect, Persisted, Snapshot } from '#core/consensus/types.ts'

/** A host's disk: each write happens whole or not at all, and only what was written survives a crash. */
export class Disk {
  hard: HardState = { term: 0, votedFor: null }
  snapshot: Snapshot
  entries: readonly Entry[] = []
  /** The epoch of the log, or of the newest roster heard of. */
  epoch = 1

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot
  }

  /** Carries out one write. Throws where it would leave a gap in the log. */
  write({ hard, entries, truncateFrom, snapshot }: PersistEffect): void {
    if (snapshot !== undefined) {
      this.snapshot = snapshot
      this.entries = this.entries.filter((entry) => entry.index > snapshot.index)
    }
    if (truncateFrom !== undefined) this.entries = this.entries.filter((entry) => entry.index < truncateFrom)
    const first = entries?.[0]
    if (entries !== undefined && first !== undefined) this.#replaceFrom(first.index, entries)
    if (hard !== undefined) this.hard = hard
  }

  /** Leaves the log of an epoch that is over: nothing of it stays. */
  drop(epoch: number): void {
    this.epoch = epoch
    this.hard = { term: 0, votedFor: null }
    this.snapshot = { index: 0, term: 0, configuration: { voters: [], learners: [] }, state: null }
    this.entries = []
  }

  get lastIndex(): number {
    return this.snapshot.index + this.entries.length
  }

  /** What a host that starts finds. A copy: it shares nothing with what was written. */
  read(): Persisted {
    const { hard, snapshot, entries } = this
    return JSON.parse(JSON.stringify({ hard, snapshot, entries })) as Persisted
  }

  /** The term of the entry at `index`, or undefined where the disk has none. */
  termAt(index: number): number | undefined {
    if (index === this.snapshot.index) return this.snapshot.term
    return this.entries[index - this.snapshot.index - 1]?.term
  }

  /** Whether the entry `index` of `term` is here, itself or within the snapshot. */
  holds(index: number, term: number): boolean {
    return index < this.snapshot.index || this.termAt(index) === term
  }

  #replaceFrom(index: number, entries: readonly Entry[]): void {
    const kept = this.entries.filter((entry) => entry.index < index)
    if (this.snapshot.index + kept.length + 1 !== index) throw new Error(`A write at ${index} leaves a gap in the log.`)
    this.entries = [...kept, ...entries]
  }
}
