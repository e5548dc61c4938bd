import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccessPort } from '#agent/port.ts'
import type { Outside } from './outside.ts'
import { isAudited, isStreamed } from './table.ts'

/** Statuses of what was refused before anything was done. */
const REFUSED: ReadonlySet<number> = new Set([400, 401, 403, 413, 415, 429])
/** Refusals are counted anew after such a pause. */
const FORGET_MS = 600_000
const MAX_KEPT = 1_000

/** Tells the feed who asked for a change and what came of it, each once, refused ones ever more seldom. */
export class Audit {
  readonly #access: Pick<AccessPort, 'audit'>
  readonly #outside: Outside
  readonly #told = new WeakSet<FastifyRequest>()
  readonly #refused = new Map<string, { readonly times: number; readonly lastMs: number }>()

  constructor({ access, outside }: { readonly access: Pick<AccessPort, 'audit'>; readonly outside: Outside }) {
    this.#access = access
    this.#outside = outside
  }

  /** Before it is carried out: what goes on and on is told where it ends, however that is. */
  begin(request: FastifyRequest, reply: FastifyReply): void {
    const { method, routeOptions } = request
    if (routeOptions.url === undefined || !isStreamed(method, routeOptions.url)) return
    reply.raw.once('close', () => {
      if (reply.raw.headersSent) this.tell(request, reply)
    })
  }

  /** When the answer is known, whether or not somebody still waits for it. */
  tell(request: FastifyRequest, { statusCode: status }: Pick<FastifyReply, 'statusCode'>): void {
    const { actor, method, routeOptions } = request
    if (actor === null || routeOptions.url === undefined || this.#told.has(request)) return
    if (!isAudited(method, routeOptions.url, { isLocal: actor.type === 'local' })) return
    this.#told.add(request)
    const owner = request.credential?.owner ?? actor.type
    const times = REFUSED.has(status) ? this.#count(`${status} ${owner}`, performance.now()) : 1
    if (!Number.isInteger(Math.log2(times))) return
    const { lab } = (request.params ?? {}) as { readonly lab?: string }
    this.#access.audit({
      actor,
      ...(this.#outside.has(request.raw) ? { address: request.ip } : {}),
      what: `${method} ${request.url.split('?')[0] ?? ''}`,
      ...(lab === undefined ? {} : { lab }),
      status,
      ...(times === 1 ? {} : { times }),
    })
  }

  #count(key: string, nowMs: number): number {
    const before = this.#refused.get(key)
    const times = before === undefined || nowMs - before.lastMs > FORGET_MS ? 1 : before.times + 1
    this.#refused.delete(key)
    this.#refused.set(key, { times, lastMs: nowMs })
    for (const oldest of this.#refused.keys()) {
      if (this.#refused.size <= MAX_KEPT) break
      this.#refused.delete(oldest)
    }
    return times
  }
}
