import type { Engine } from '#core/engine/engine.ts'
import { attachedDraft, attachedOf } from '#core/iperf/records.ts'
import { MeshError } from '#core/model/errors.ts'
import type { AttachedBody } from '#core/model/iperf.ts'
import type { RecordDraft } from '#core/model/record.ts'
import type { Clock } from '#platform/clock.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { Loop } from '../loop.ts'
import type { AttachedView } from '../port-iperf.ts'

export interface AttachedBookOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly loop: Pick<Loop, 'idle'>
  publish(draft: RecordDraft): void
}

/** What the mesh knows of attached machines. */
export class AttachedBook {
  readonly #options: AttachedBookOptions
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: AttachedBookOptions) {
    this.#options = options
  }

  /** By number. */
  all(): readonly AttachedBody[] {
    const records = this.#options.engine.book.of('attached')
    return records.flatMap((record) => attachedOf(record) ?? []).toSorted((a, b) => a.id - b.id)
  }

  find(name: string): AttachedBody | undefined {
    return attachedOf(this.#options.engine.book.get('attached', name))
  }

  /** NOT_FOUND. */
  byId(id: number): AttachedBody {
    const found = this.all().find((body) => body.id === id)
    if (found === undefined) throw new MeshError('NOT_FOUND', `there is no attached machine ${id}`, { id })
    return found
  }

  /** One after the other, each told to all: `next` gets what is known then. Nothing is told where it gives that back; rejects with what it throws. */
  change<T extends AttachedBody | undefined>(name: string, next: (held: AttachedBody | undefined) => T): Promise<T> {
    const { engine, clock, loop, publish } = this.#options
    const done = this.#last.then(async () => {
      const held = engine.book.get('attached', name)
      const before = attachedOf(held)
      const body = next(before)
      if (body === undefined || body === before) return body
      publish(attachedDraft(body, held, { wallMs: clock.nowMs(), self: engine.self }))
      await loop.idle()
      return body
    })
    this.#last = done.catch(() => undefined)
    return done
  }

  /** Whether the host that speaks with it can. */
  isHomeThere({ home }: AttachedBody): boolean {
    const { engine } = this.#options
    return home !== null && (home === engine.self || engine.membership.isAlive(home))
  }

  view(body: AttachedBody): AttachedView {
    const { id, name, home, address, iperfVersion, createdAtMs, heardAtMs } = body
    const state = home === null ? 'created' : body.isOnline && this.isHomeThere(body) ? 'online' : 'offline'
    return {
      id,
      name,
      state,
      home: home === null ? null : nameOf(this.#options.engine, home),
      ...(address === undefined ? {} : { address }),
      ...(iperfVersion === undefined ? {} : { iperfVersion }),
      createdAtMs,
      heardAtMs,
    }
  }
}
