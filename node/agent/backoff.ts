import type { ResourceId } from '#core/model/ids.ts'

const FIRST_MS = 1_000
const LONGEST_MS = 60_000

interface Failure {
  readonly message: string
  readonly delayMs: number
  readonly untilMs: number
}

/** What failed, why, and when it is tried again: from 1 s to 60 s, per resource, so one that keeps failing starves no other. */
export class Backoff {
  readonly #failures = new Map<ResourceId, Failure>()

  fail(id: ResourceId, message: string, nowMs: number): void {
    const delayMs = Math.min(LONGEST_MS, (this.#failures.get(id)?.delayMs ?? FIRST_MS / 2) * 2)
    this.#failures.set(id, { message, delayMs, untilMs: nowMs + delayMs })
  }

  succeed(id: ResourceId): void {
    this.#failures.delete(id)
  }

  /** Forgets what is no longer wanted. */
  keepOnly(ids: ReadonlySet<ResourceId>): void {
    for (const id of this.#failures.keys()) if (!ids.has(id)) this.#failures.delete(id)
  }

  isDue(id: ResourceId, nowMs: number): boolean {
    return (this.#failures.get(id)?.untilMs ?? 0) <= nowMs
  }

  /** When the next failed resource is due that was not at `nowMs`; undefined where none waits. */
  nextMs(nowMs: number): number | undefined {
    const times = [...this.#failures.values()].map((failure) => failure.untilMs).filter((untilMs) => untilMs > nowMs)
    return times.length === 0 ? undefined : Math.min(...times)
  }

  messages(): ReadonlyMap<ResourceId, string> {
    return new Map([...this.#failures].map(([id, failure]) => [id, failure.message]))
  }
}
