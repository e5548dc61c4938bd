/**
 * Texts an editor told and that have not come back to it yet. A page draws later than people type: what comes back may be older than what is
 * written by then, and put in its place it would undo that, be told again, and so on without end.
 */
export class Echoes {
  #told: readonly string[] = []

  told(text: string): void {
    this.#told = [...this.#told, text]
  }

  /** Whether this text, given from outside, is one that the editor told itself; those told before it never come back then. */
  isOwn(text: string): boolean {
    const at = this.#told.lastIndexOf(text)
    this.#told = at < 0 ? [] : this.#told.slice(at + 1)
    return at >= 0
  }
}
