import type { IncomingMessage } from 'node:http'

/** Marks requests that came over the network: whoever asks on the socket of this host is its admin, these must show who they are. */
export class Outside {
  readonly #requests = new WeakSet<IncomingMessage>()

  /** Before anything else is done with it. */
  mark(request: IncomingMessage): void {
    this.#requests.add(request)
  }

  has(request: IncomingMessage): boolean {
    return this.#requests.has(request)
  }
}
