import { MeshError } from '#core/model/errors.ts'
import type { Configuration, Entry, Persisted, Snapshot } from './entry.ts'

interface ConfigurationAt {
  readonly index: number
  readonly configuration: Configuration
}

/** The log of one host: a snapshot and the entries after it (Raft paper §5.3, §7). Knows which configuration holds where (dissertation §4.1). */
export class Log {
  #snapshot: Snapshot
  #entries: Entry[]
  /** By index; the first is the snapshot's. */
  #configurations: ConfigurationAt[]

  /** Entries that the snapshot covers are left out. Throws CORRUPT_STORE where entries are missing. */
  constructor(persisted: Pick<Persisted, 'snapshot' | 'entries'>) {
    this.#snapshot = persisted.snapshot
    this.#entries = []
    this.#configurations = [{ index: persisted.snapshot.index, configuration: persisted.snapshot.configuration }]
    for (const entry of persisted.entries) {
      if (entry.index <= this.#snapshot.index) continue
      if (entry.index !== this.lastIndex + 1 || entry.term < this.lastTerm) {
        const message = `The kept log goes from ${this.lastIndex} (term ${this.lastTerm}) to ${entry.index} (term ${entry.term}).`
        throw new MeshError('CORRUPT_STORE', message, { index: entry.index })
      }
      this.#push(entry)
    }
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  get lastIndex(): number {
    return this.#snapshot.index + this.#entries.length
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#snapshot.term
  }

  /** The latest configuration, committed or not: it holds from when it is appended. */
  get configuration(): Configuration {
    return this.#lastConfiguration().configuration
  }

  /** Where the latest configuration stands. */
  get configurationIndex(): number {
    return this.#lastConfiguration().index
  }

  /** The configuration before the latest, or the latest where it is the only one. */
  get previousConfiguration(): Configuration {
    return (this.#configurations.at(-2) ?? this.#lastConfiguration()).configuration
  }

  /** The term of the entry at `index`; undefined before the snapshot and after the end. */
  termAt(index: number): number | undefined {
    if (index === this.#snapshot.index) return this.#snapshot.term
    return this.#entries[index - this.#snapshot.index - 1]?.term
  }

  /** Entries `from` to `to`, both included, as far as they are there. */
  slice(from: number, to: number): readonly Entry[] {
    const offset = this.#snapshot.index + 1
    return this.#entries.slice(Math.max(0, from - offset), Math.max(0, to - offset + 1))
  }

  /** Appends `entries`, which replace everything from the first of them on. The first must follow an entry that is there. */
  append(entries: readonly Entry[]): void {
    const first = entries[0]
    if (first === undefined) return
    this.#truncate(first.index)
    for (const entry of entries) this.#push(entry)
  }

  /** The first index of the run of entries that share the term at `index`, as far back as the log goes. */
  firstOfTerm(index: number): number {
    const term = this.termAt(index)
    let first = index
    while (first > this.#snapshot.index + 1 && this.termAt(first - 1) === term) first--
    return first
  }

  /** The last index whose term is at most `term`; the snapshot's index where no entry is. */
  lastUpToTerm(term: number): number {
    let index = this.lastIndex
    while (index > this.#snapshot.index && (this.termAt(index) ?? 0) > term) index--
    return index
  }

  /** Drops the entries up to `index`, whose effect is `state`; `index` must be in the log. Returns the snapshot that stands for them. */
  compact(index: number, state: unknown): Snapshot {
    const term = this.termAt(index)
    const held = this.#configurations.findLast((at) => at.index <= index)
    if (term === undefined || held === undefined) throw new RangeError(`There is no entry ${index} to compact to.`)
    const snapshot = { index, term, configuration: held.configuration, state }
    this.#entries = this.#entries.slice(index - this.#snapshot.index)
    this.#snapshot = snapshot
    const later = this.#configurations.filter((at) => at.index > index)
    this.#configurations = [{ index, configuration: held.configuration }, ...later]
    return snapshot
  }

  /** Forgets everything for a snapshot of the leader. */
  reset(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    this.#entries = []
    this.#configurations = [{ index: snapshot.index, configuration: snapshot.configuration }]
  }

  #lastConfiguration(): ConfigurationAt {
    return this.#configurations.at(-1) ?? { index: this.#snapshot.index, configuration: this.#snapshot.configuration }
  }

  #push(entry: Entry): void {
    this.#entries.push(entry)
    if (entry.data.type === 'configuration') {
      this.#configurations.push({ index: entry.index, configuration: entry.data.configuration })
    }
  }

  #truncate(from: number): void {
    this.#entries.length = Math.min(this.#entries.length, from - this.#snapshot.index - 1)
    this.#configurations = this.#configurations.filter((at) => at.index < from || at.index === this.#snapshot.index)
  }
}
