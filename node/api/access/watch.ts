import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import type { AccessPort } from '#agent/port.ts'

/** A session that was ended, or an API token taken back, is noticed this soon; live views say so themselves before. */
const LOOK_MS = 6_000

/** Cuts off what is under way for somebody who may not any more: terminals, live views, followed events. */
export class Watch {
  readonly #access: Pick<AccessPort, 'holds'>
  /** By connection: more requests than one may be under way on it, each for somebody else. */
  readonly #secrets = new Map<Duplex, Map<IncomingMessage, string>>()
  #timer: NodeJS.Timeout | undefined

  constructor(access: Pick<AccessPort, 'holds'>) {
    this.#access = access
  }

  /** From now until it is answered, or its connection ends. */
  begin({ raw, secret }: Pick<FastifyRequest, 'raw' | 'secret'>): void {
    const { socket } = raw
    const known = this.#secrets.get(socket)
    if (known === undefined) socket.once('close', () => this.#forget(socket))
    this.#secrets.set(socket, (known ?? new Map<IncomingMessage, string>()).set(raw, secret))
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref()
  }

  /** It was answered; the connection may be kept for the next one. */
  end({ raw }: Pick<FastifyRequest, 'raw'>): void {
    this.#secrets.get(raw.socket)?.delete(raw)
  }

  #forget(socket: Duplex): void {
    this.#secrets.delete(socket)
    if (this.#secrets.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    for (const [socket, secrets] of this.#secrets)
      if ([...secrets.values()].some((secret) => !this.#access.holds(secret))) socket.destroy()
  }
}
