import type { FastifyBaseLogger } from 'fastify'
import type { WebSocket } from 'ws'
import type { ConsoleOutput } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'

/** After so many bytes the client is asked whether they arrived: every WebSocket answers a ping by itself, in its turn (RFC 6455 §5.5.2). */
const ASK_BYTES = 16 * 1024

/** What goes to the client, and how much of it arrived. */
export class Line {
  readonly #socket: WebSocket
  #sent = 0
  #asked = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
  }

  /** Resolves when it left this process. */
  async say(message: ConsoleOutput): Promise<void> {
    if (message.type !== 'data') return this.#send(JSON.stringify(message))
    await this.#send(message.bytes)
    this.#sent += message.bytes.length
    if (this.#sent - this.#asked >= ASK_BYTES) this.ask()
  }

  /** Asks whether all until here arrived. */
  ask(): void {
    this.#asked = this.#sent
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping(String(this.#sent))
  }

  /** By the answer. */
  arrived(answer: Buffer): number {
    const text = answer.toString('latin1')
    return /^\d{1,15}$/.test(text) ? Math.min(this.#sent, Number(text)) : 0
  }

  async fail(error: unknown, log: FastifyBaseLogger): Promise<void> {
    if (!(error instanceof MeshError)) log.error({ err: error }, 'a console failed')
    const told = error instanceof MeshError ? error : new MeshError('INTERNAL', 'something unexpected happened')
    const { code, message, hint } = told
    await this.#send(JSON.stringify({ type: 'error', error: code, message, hint }))
    // 1011: the server cannot go on (RFC 6455 §7.4.1); why was said before.
    this.#socket.close(1011)
  }

  #send(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(data, () => resolve())
      else resolve()
    })
  }
}
