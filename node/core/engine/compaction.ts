import type { State } from '../state/machine.ts'

/** Entries kept before a snapshot's own, so that a peer that is a little behind needs no snapshot. */
const TRAIL_ENTRIES = 256
/** A log shorter than this is never worth a snapshot. */
const MIN_ENTRIES = 512
/** A longer one takes too long to read at start. */
const MAX_ENTRIES = 100_000

interface Mark {
  readonly index: number
  readonly state: State
}

/**
 * When the log gets a snapshot, and of which entry. A snapshot holds every thing there is, so as many entries pass before the next one: each
 * entry pays for a few things at most, however many there are.
 */
export class Compaction {
  #lastIndex: number
  #afterEntries: number
  /** States on the way, which share all that did not change. */
  #older: Mark | undefined
  #newer: Mark | undefined

  constructor(index: number, state: State | null) {
    this.#lastIndex = index
    this.#afterEntries = afterEntries(state)
  }

  /** `state` is that after entry `index`. What the next snapshot is to be of, once one is due; it counts as made then. */
  next(index: number, state: State): Mark | undefined {
    if (index - (this.#newer?.index ?? this.#lastIndex) >= TRAIL_ENTRIES) {
      this.#older = this.#newer
      this.#newer = { index, state }
    }
    const mark = this.#older
    if (mark === undefined || index - this.#lastIndex < this.#afterEntries) return undefined
    this.#lastIndex = mark.index
    this.#afterEntries = afterEntries(mark.state)
    this.#older = undefined
    return mark
  }
}

const afterEntries = (state: State | null): number =>
  Math.max(MIN_ENTRIES, Math.min(MAX_ENTRIES, state === null ? 0 : thingsIn(state)))

/** How many rows the JSON of a state has, about. */
const thingsIn = ({ pools, answers, roster, tokens, assignments, labVersions }: State): number => {
  const inPools = [...pools.entries()].reduce((sum, [, { owners, resting }]) => sum + owners.size + resting.size, 0)
  const named = [roster, tokens, assignments, labVersions].map((table) => Object.keys(table).length)
  return named.reduce((sum, size) => sum + size, inPools + answers.young.size + answers.old.size)
}
