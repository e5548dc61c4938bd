import type { FastifyReply, FastifyRequest } from 'fastify'
import { MeshError } from '#core/model/errors.ts'
import { MAX_SMALL_BYTES } from '../body.ts'
import { MAX_BODY_BYTES } from '../schemas.ts'

/** Bytes of large bodies on their way at once: one of the largest of each who asks, and twice as much of all. */
const MAX_OF_ONE = MAX_BODY_BYTES
const MAX_OF_ALL = 2 * MAX_BODY_BYTES

/** Keeps what is read for people on the network from filling the memory of the host. */
export class LargeBodies {
  readonly #ofOne = new Map<string, number>()
  #ofAll = 0

  /** From now until it is answered, or its connection ends. BUSY where there is no room; small ones always have it. */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    const bytes = announced(request)
    if (bytes === 0) return
    const owner = request.credential?.owner ?? ''
    const own = (this.#ofOne.get(owner) ?? 0) + bytes
    if (own > MAX_OF_ONE || this.#ofAll + bytes > MAX_OF_ALL)
      throw new MeshError('BUSY', 'too much is sent to this host at once', { bytes })
    this.#count(owner, bytes)
    reply.raw.once('close', () => this.#count(owner, -bytes))
  }

  #count(owner: string, bytes: number): void {
    this.#ofAll += bytes
    const own = (this.#ofOne.get(owner) ?? 0) + bytes
    if (own > 0) this.#ofOne.set(owner, own)
    else this.#ofOne.delete(owner)
  }
}

/** What is to be kept free for a body: 0 for a small one, and for one that is refused by its length. */
function announced({ headers, routeOptions }: FastifyRequest): number {
  const limit = routeOptions.bodyLimit ?? MAX_SMALL_BYTES
  const bytes = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : limit
  return bytes > MAX_SMALL_BYTES && bytes <= limit ? bytes : 0
}
