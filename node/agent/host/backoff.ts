import type { ResourceId } from '#core/model/ids.ts'
import type { Op, Resource } from '#core/model/resource.ts'

const FIRST_MS = 1_000
const LONGEST_MS = 60_000

interface Failure {
  readonly message: string
  readonly cause: string
  readonly delayMs: number
  readonly untilMs: number
}

/** What failed, said by whom, and under what circumstances, as of `causeOf`. */
export interface Trouble {
  readonly message: string
  readonly cause: string
  readonly nowMs: number
}

/**
 * What failed, why, and when it is tried again: from 1 s to 60 s, per resource, so one that keeps failing starves no other.
 * Under new circumstances it is tried at once.
 */
export class Backoff {
  readonly #failures = new Map<ResourceId, Failure>()

  fail(id: ResourceId, { message, cause, nowMs }: Trouble): void {
    const before = this.#failures.get(id)
    const delayMs = before?.cause === cause ? Math.min(LONGEST_MS, before.delayMs * 2) : FIRST_MS
    this.#failures.set(id, { message, cause, delayMs, untilMs: nowMs + delayMs })
  }

  succeed(id: ResourceId): void {
    this.#failures.delete(id)
  }

  /** Forgets what is no longer wanted. */
  keepOnly(ids: ReadonlySet<ResourceId>): void {
    for (const id of this.#failures.keys()) if (!ids.has(id)) this.#failures.delete(id)
  }

  isFailing(id: ResourceId): boolean {
    return this.#failures.has(id)
  }

  isDue(id: ResourceId, nowMs: number, cause: string): boolean {
    const failure = this.#failures.get(id)
    return failure === undefined || failure.untilMs <= nowMs || failure.cause !== cause
  }

  /** When the next failed resource is due that was not at `nowMs`; undefined where none waits. */
  nextMs(nowMs: number): number | undefined {
    const times = [...this.#failures.values()].map((failure) => failure.untilMs).filter((untilMs) => untilMs > nowMs)
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** Tries these at once, whatever failed before. */
  forgive(ids: (id: ResourceId) => boolean): void {
    for (const id of this.#failures.keys()) if (ids(id)) this.#failures.delete(id)
  }

  /** What failed last, and how long after it is tried again. */
  failure(id: ResourceId): { readonly message: string; readonly delayMs: number } | undefined {
    return this.#failures.get(id)
  }

  messages(): ReadonlyMap<ResourceId, string> {
    return new Map([...this.#failures].map(([id, failure]) => [id, failure.message]))
  }
}

/**
 * The circumstances of an op as text: what is wanted, and which very things it is about and stands on. A container that was
 * started again, a device that came back or another wish make another text.
 */
export const causeOf = (op: Op, seen: ReadonlyMap<ResourceId, Resource>): string => {
  const needs = op.type === 'delete' ? [] : op.to.needs.map((id) => identity(seen.get(id)))
  return JSON.stringify([op.type, op.type === 'delete' ? null : op.to, identity(seenSide(op)), needs])
}

const seenSide = (op: Op): Resource | undefined => (op.type === 'create' ? undefined : op.from)

const identity = (resource: Resource | undefined): readonly unknown[] | null => {
  if (resource === undefined) return null
  const { id, fault } = resource
  if (resource.kind === 'workload')
    return [id, fault, resource.containerId, resource.startedAt, resource.state, resource.specHash]
  return 'ifindex' in resource ? [id, fault, resource.ifindex] : [id, fault]
}
