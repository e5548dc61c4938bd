import type { Op, Resource } from '#core/model/resource.ts'
import type { Step } from '#drivers/driver.ts'
import type { Clock } from '#platform/clock.ts'

/** After this long without all of them done, one that is done, or somebody who asks, is enough to look at the host again. */
const SLOW_MS = 1_000

/** The resource an op is about. */
export const targetOf = (op: Op): Resource => (op.type === 'delete' ? op.from : op.to)

/** Steps that are being carried out. A slow one (an image that is fetched, a tool that does not answer) holds up only what it concerns. */
export class Steps {
  readonly #clock: Clock
  readonly #busy = new Set<Op>()
  #count = 0
  #sinceMs = 0
  #news = false
  #wake: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isIdle(): boolean {
    return this.#count === 0
  }

  /** Whether nothing is being done to an op's resource, what it stands on, or what stands on it. */
  isFree(op: Op): boolean {
    const { id, needs } = targetOf(op)
    for (const busy of this.#busy) {
      const other = targetOf(busy)
      if (other.id === id || needs.includes(other.id) || other.needs.includes(id)) return false
    }
    return true
  }

  /** A look at the host begins: what happened until now it sees. */
  looking(): void {
    this.#news = false
  }

  /** `carryOut` never rejects. */
  start(steps: readonly Step[], carryOut: (step: Step) => Promise<void>): void {
    this.#sinceMs = this.#clock.monotonicMs()
    for (const step of steps) void this.#run(step, carryOut)
  }

  /** Somebody asks for a look at the host. */
  poke(): void {
    this.#news = true
    this.#check()
  }

  /** Resolves when all are done; when they are slow already at the first that is done or a `poke`, or after `limitMs`. */
  async wait(limitMs: number): Promise<void> {
    if (this.isIdle) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const slow = setTimeout(() => this.#check(), SLOW_MS)
    const limit = setTimeout(resolve, limitMs)
    await promise
    this.#wake = undefined
    clearTimeout(slow)
    clearTimeout(limit)
  }

  async #run(step: Step, carryOut: (step: Step) => Promise<void>): Promise<void> {
    this.#count += 1
    for (const op of step.ops) this.#busy.add(op)
    await carryOut(step)
    for (const op of step.ops) this.#busy.delete(op)
    this.#count -= 1
    this.#news = true
    this.#check()
  }

  #check(): void {
    const isSlow = this.#clock.monotonicMs() - this.#sinceMs >= SLOW_MS
    if (this.isIdle || (isSlow && this.#news)) this.#wake?.()
  }
}
