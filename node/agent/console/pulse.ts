/** Wakes whoever waits, when something changed that they may look at again. */
export class Pulse {
  #next = Promise.withResolvers<void>()

  /** The next beat; whoever looked before asking misses none, as long as nothing was awaited between. */
  next(): Promise<void> {
    return this.#next.promise
  }

  beat(): void {
    this.#next.resolve()
    this.#next = Promise.withResolvers()
  }
}
