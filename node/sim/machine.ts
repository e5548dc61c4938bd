import type { Entry } from '#core/consensus/types.ts'

/** What committed entries are applied to. Equal entries must give equal states. */
export interface Machine {
  apply(entry: Entry): void
  /** JSON; all of it. */
  state(): unknown
  /** Takes over a state, or the empty one a mesh starts with: null. */
  restore(state: unknown): void
}

/** A machine whose state tells the whole sequence apart: an FNV-1a chain over all entries. */
export class DigestMachine implements Machine {
  #digest = 0

  apply(entry: Entry): void {
    let hash = this.#digest ^ 0x811c9dc5
    for (const character of JSON.stringify(entry)) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
    this.#digest = hash >>> 0
  }

  state(): unknown {
    return this.#digest
  }

  restore(state: unknown): void {
    this.#digest = typeof state === 'number' ? state : 0
  }
}
