import type { Random } from './random.ts'

/** What a schedule may use: hosts by name. */
export interface Cast {
  readonly random: Random
  /** Of the first configuration. */
  readonly voters: readonly string[]
  readonly all: readonly string[]
}

/** A few steps of a scenario, drawn at random around one danger. */
export type Gadget = (cast: Cast) => readonly string[]
