import { MeshError } from '#core/model/errors.ts'

/** Logins one user has at once, and how soon there is one more: in the longest life of a session fewer than a host can tell ended ones. */
const BURST = 60
const EACH_MS = 10_000
/** Users kept; one that is not has all of them. */
const MAX_KEPT = 2_000

/** Bounds right logins of one user on this host: each may be ended, and every host keeps what was ended. */
export class LoginRate {
  /** By user: when all are there again, ms of a clock that never jumps. */
  readonly #fullMs = new Map<string, number>()

  /** Takes one. TOO_MANY_TRIES where none is left, with `waitS`. */
  take(user: string, nowMs: number): void {
    const fullMs = Math.max(this.#fullMs.get(user) ?? 0, nowMs)
    const waitMs = fullMs - nowMs - (BURST - 1) * EACH_MS
    if (waitMs > 0) {
      const waitS = Math.ceil(waitMs / 1_000)
      throw new MeshError('TOO_MANY_TRIES', `too many logins as ${user}; the next one is let in after ${waitS} s`, {
        waitS,
      })
    }
    this.#fullMs.delete(user)
    this.#fullMs.set(user, fullMs + EACH_MS)
    for (const oldest of this.#fullMs.keys()) {
      if (this.#fullMs.size <= MAX_KEPT) break
      this.#fullMs.delete(oldest)
    }
  }
}
