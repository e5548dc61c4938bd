import type { Terminal } from '#drivers/terminal.ts'
import type { Viewer } from './viewer.ts'

/** What was typed, by whomever, in order, no faster than the node takes it. */
export class Typing {
  readonly #terminal: Pick<Terminal, 'write'>
  readonly #onTaken: () => void
  readonly #waiting: { readonly by: Viewer; readonly bytes: Uint8Array }[] = []
  #isBusy = false

  constructor(terminal: Pick<Terminal, 'write'>, onTaken: () => void) {
    this.#terminal = terminal
    this.#onTaken = onTaken
  }

  /** Never waits: how much of one viewer may wait is counted by the viewer. */
  add(by: Viewer, bytes: Uint8Array): void {
    this.#waiting.push({ by, bytes })
    if (!this.#isBusy) void this.#passOn()
  }

  async #passOn(): Promise<void> {
    this.#isBusy = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await this.#terminal.write(next.bytes)
      next.by.taken += next.bytes.length
      this.#onTaken()
    }
    this.#isBusy = false
  }
}
