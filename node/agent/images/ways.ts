import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { callByteDoor } from '#platform/byte-door.ts'
import type { Clock } from '#platform/clock.ts'
import { type BlobAsk, Ticket } from './messages.ts'

export interface WaysOptions {
  readonly engine: Pick<Engine, 'self' | 'roster'>
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Asks a host for a ticket, over the mesh. */
  ticket(host: HostId, ask: BlobAsk): Promise<unknown>
  call: typeof callByteDoor
  /** The same bytes over the mesh's own connection. */
  stream(host: HostId, ask: BlobAsk, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** The overlay does not pass to this host, and why. */
  onDetour(host: HostId, why: string): void
}

/** How long a host is not tried by the overlay again. */
const DETOUR_MS = 60_000
/** What fits into the first packets says nothing of a network that loses larger ones. */
const PASSED_BYTES = 64 * 1024

/** Parts of images from other hosts: by the overlay, and over the mesh's own connections where it does not pass. */
export class Ways {
  readonly #options: WaysOptions
  /** Until when a host is not tried by the overlay. */
  readonly #detours = new Map<HostId, number>()

  constructor(options: WaysOptions) {
    this.#options = options
  }

  /** What a host gives for an ask. Throws what the host says, or UNREACHABLE. */
  async *bytes(host: HostId, ask: BlobAsk, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const { stream, clock, onDetour } = this.#options
    const untilMs = this.#detours.get(host)
    if (untilMs === undefined || untilMs <= clock.monotonicMs()) {
      let came = 0
      try {
        for await (const chunk of this.#byOverlay(host, ask, signal)) {
          yield chunk
          came += chunk.length
        }
        this.#detours.delete(host)
        return
      } catch (error) {
        if (signal.aborted || isAnswer(error) || came > PASSED_BYTES) throw error
        this.#detours.set(host, clock.monotonicMs() + DETOUR_MS)
        onDetour(host, error instanceof Error ? error.message : String(error))
        // What came already cannot be taken back: who asks goes on where it is.
        if (came > 0) throw error
      }
    }
    yield* stream(host, ask, signal)
  }

  async *#byOverlay(host: HostId, ask: BlobAsk, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const { ticket, call } = this.#options
    const [address, localAddress] = [this.#addressOf(host), this.#addressOf(this.#options.engine.self)]
    const given = Ticket.parse(await ticket(host, ask))
    if (address === undefined || localAddress === undefined || given === null)
      throw new MeshError('UNREACHABLE', 'it gives no images there')
    yield* call({ ...given, address, localAddress }, signal)
  }

  #addressOf(host: HostId): string | undefined {
    return this.#options.engine.roster?.hosts.find(({ id }) => id === host)?.overlayAddress
  }
}

/** It was said by the host itself, and would be over any connection. */
const isAnswer = (error: unknown): boolean =>
  error instanceof MeshError && (error.code === 'BUSY' || error.code === 'NOT_FOUND')
