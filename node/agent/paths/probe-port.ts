import type { Datagrams, Remote } from '#platform/datagrams.ts'

type Listener = (bytes: Uint8Array, from: Remote) => void

/** Opens the sockets of the port. */
export type OpenDatagrams = (onMessage: Listener) => Promise<Datagrams>

/** How many bytes of a message say whose it is. */
export const MARK_BYTES = 4

/** One UDP port for all kinds of probes, told apart by the mark they begin with; open while somebody listens. */
export class ProbePort {
  readonly #open: OpenDatagrams
  readonly #listeners = new Map<string, Listener>()
  #sockets: Promise<Datagrams> | undefined

  constructor(open: OpenDatagrams) {
    this.#open = open
  }

  /** Hears messages that begin with `mark`. Rejects with the error of bind(2); then it may be tried again. */
  async listen(mark: string, onMessage: Listener): Promise<Datagrams> {
    this.#listeners.set(mark, onMessage)
    this.#sockets ??= this.#open((bytes, from) => this.#hear(bytes, from))
    const opened = this.#sockets
    try {
      const sockets = await opened
      return { send: (bytes, to) => sockets.send(bytes, to), close: () => this.#leave(mark, sockets) }
    } catch (error) {
      if (this.#sockets === opened) this.#sockets = undefined
      throw error
    }
  }

  #hear(bytes: Uint8Array, from: Remote): void {
    const mark = Buffer.from(bytes.subarray(0, MARK_BYTES)).toString('latin1')
    this.#listeners.get(mark)?.(bytes, from)
  }

  #leave(mark: string, sockets: Datagrams): void {
    this.#listeners.delete(mark)
    if (this.#listeners.size > 0) return
    this.#sockets = undefined
    sockets.close()
  }
}
