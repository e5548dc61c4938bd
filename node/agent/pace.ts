import type { ResourceId } from '#core/model/ids.ts'

/** Repairs of one resource in a row that are made at once: a person who breaks a thing time and again sees each repair. */
const QUICK = 8
/** From then on one is made this often: a container that ends as soon as it starts would otherwise keep a core busy. */
const REST_MS = 10_000

interface Account {
  /** Repairs left that may be made at once, at `atMs`; one more every REST_MS. */
  readonly left: number
  readonly atMs: number
}

/** Slows down what is done over and over although each time succeeds. */
export class Pace {
  readonly #accounts = new Map<ResourceId, Account>()

  /** One more was made. */
  spend(id: ResourceId, nowMs: number): void {
    this.#accounts.set(id, { left: Math.max(0, this.#left(id, nowMs) - 1), atMs: nowMs })
  }

  /** Forgets what is not wanted any more: to be made anew later is no repair. */
  keepOnly(ids: ReadonlySet<ResourceId>): void {
    for (const id of this.#accounts.keys()) if (!ids.has(id)) this.#accounts.delete(id)
  }

  isReady(id: ResourceId, nowMs: number): boolean {
    return this.#left(id, nowMs) >= 1
  }

  /** When the next of those may be done again that may not at `nowMs`; undefined where none waits. Forgets the rested. */
  nextMs(nowMs: number): number | undefined {
    let next: number | undefined
    for (const [id, { left, atMs }] of this.#accounts) {
      if (this.#left(id, nowMs) >= QUICK) this.#accounts.delete(id)
      const readyMs = atMs + (1 - left) * REST_MS
      if (readyMs > nowMs) next = Math.min(next ?? readyMs, readyMs)
    }
    return next
  }

  #left(id: ResourceId, nowMs: number): number {
    const account = this.#accounts.get(id)
    return account === undefined ? QUICK : Math.min(QUICK, account.left + (nowMs - account.atMs) / REST_MS)
  }
}
