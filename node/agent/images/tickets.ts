import { randomBytes } from 'node:crypto'
import type { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import type { HostId } from '#core/model/ids.ts'
import type { openByteDoor } from '#platform/byte-door.ts'
import type { Clock } from '#platform/clock.ts'
import type { Logger } from '#platform/log.ts'
import { memberAt } from '../consensus/quorum.ts'
import { type BlobAsk, readBlobAsk, type Ticket } from './messages.ts'

type Door = Awaited<ReturnType<typeof openByteDoor>>

export interface TicketsOptions {
  readonly engine: Pick<Engine, 'self' | 'roster'>
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly log: Pick<Logger, 'warn'>
  /** TCP, on this host's address of the overlay alone. */
  readonly port: number
  openDoor: typeof openByteDoor
  /** Throws where a host may not have what it asks for. */
  check(ask: BlobAsk): void
  give(ask: BlobAsk, signal: AbortSignal): AsyncIterable<Uint8Array>
}

interface Held {
  readonly ask: BlobAsk
  /** The only address it is good for. */
  readonly address: string
  readonly untilMs: number
}

/** Who has one comes at once. */
const LIFE_MS = 30_000
/** More than so many are not asked for by hosts that mean it. */
const MAX_TICKETS = 256
/** How soon a port that was taken, or an address that was not there, is tried again. */
const AGAIN_MS = 10_000

/**
 * Parts of images by the overlay, where the network itself encrypts and tells hosts apart. Its address can be reached by lab nodes and any
 * program of a host as well: so each part is given once, for a ticket that was asked for over the mesh, to the host that asked.
 */
export class Tickets {
  readonly #options: TicketsOptions
  readonly #held = new Map<string, Held>()
  #door: Promise<Door | undefined> | undefined
  #againMs = 0

  constructor(options: TicketsOptions) {
    this.#options = options
  }

  /** A ticket for one part; null where this host gives nothing by the overlay. BAD_INPUT, NOT_FOUND. */
  async issue(from: HostId, body: unknown): Promise<z.infer<typeof Ticket>> {
    const { check, clock } = this.#options
    const ask = readBlobAsk(body)
    check(ask)
    const address = this.#addressOf(from)
    const door = await this.#open()
    if (address === undefined || door === undefined) return null
    const nowMs = clock.monotonicMs()
    for (const [ticket, { untilMs }] of this.#held)
      if (untilMs < nowMs || this.#held.size >= MAX_TICKETS) this.#held.delete(ticket)
    const ticket = randomBytes(32).toString('hex')
    this.#held.set(ticket, { ask, address, untilMs: nowMs + LIFE_MS })
    return { port: door.port, ticket }
  }

  async close(): Promise<void> {
    await (await this.#door)?.close()
    this.#door = undefined
  }

  #addressOf(host: HostId): string | undefined {
    const found = this.#options.engine.roster?.hosts.find(({ id, state }) => id === host && state === 'admitted')
    return found?.overlayAddress
  }

  #open(): Promise<Door | undefined> {
    const { engine, clock, port, openDoor, log } = this.#options
    const address = this.#addressOf(engine.self)
    if (this.#door !== undefined) return this.#door
    if (address === undefined || clock.monotonicMs() < this.#againMs) return Promise.resolve(undefined)
    const mayCall = (caller: string): boolean => caller !== address && memberAt(engine, caller) !== undefined
    const opened = openDoor({ address, port, mayCall, give: (...shown) => this.#take(...shown) })
    this.#door = opened.catch((error: unknown) => {
      log.warn({ err: error, address, port }, 'images cannot be given by the overlay; they go over the mesh')
      this.#againMs = clock.monotonicMs() + AGAIN_MS
      this.#door = undefined
      return undefined
    })
    return this.#door
  }

  /** Good once, whoever shows it. */
  #take(ticket: string, address: string, signal: AbortSignal): AsyncIterable<Uint8Array> | undefined {
    const held = this.#held.get(ticket)
    this.#held.delete(ticket)
    const isGood = held !== undefined && held.address === address && this.#options.clock.monotonicMs() <= held.untilMs
    return isGood ? this.#options.give(held.ask, signal) : undefined
  }
}
