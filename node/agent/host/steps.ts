import type { ResourceId } from '#core/model/ids.ts'
import { type Op, subject } from '#core/model/resource.ts'
import type { Step } from '#drivers/driver.ts'
import type { Clock } from '#platform/clock.ts'

/** After this long without all of them done, one that is done, or somebody who asks, is enough to look at the host again. */
const SLOW_MS = 1_000
/** A look takes from the machine what the steps need: at least so many times as long as it took lasts the pause after it. */
const REST_TIMES = 3
/** But nothing that is done waits longer than this to be seen. */
const LONGEST_REST_MS = 5_000

/** Steps that are being carried out. A slow one (an image that is fetched, a tool that does not answer) holds up only what it concerns. */
export class Steps {
  readonly #clock: Clock
  readonly #busy = new Set<Op>()
  /** When what was done lately was done; the last look may have seen what was before. */
  readonly #fresh = new Map<Op, number>()
  #lookMs = 0
  #count = 0
  #sinceMs = 0
  #restMs = SLOW_MS
  #news = false
  #wake: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isIdle(): boolean {
    return this.#count === 0
  }

  /** Whether something was done while the last look looked. */
  get isStale(): boolean {
    return [...this.#fresh.values()].some((ms) => ms > this.#lookMs)
  }

  /** Whether nothing is or was just being done to an op's resource, what it stands on, or what stands on it. */
  isFree(op: Op): boolean {
    const { id, needs } = subject(op)
    for (const busy of [...this.#busy, ...this.#fresh.keys()]) {
      const other = subject(busy)
      if (other.id === id || needs.includes(other.id) || other.needs.includes(id)) return false
    }
    return true
  }

  /** A look at the host begins: what happened until now it sees, but of tools that are slow only what happened until `sinceMs`. */
  looking(sinceMs: number): void {
    this.#news = false
    this.#lookMs = this.#clock.monotonicMs()
    for (const [op, ms] of this.#fresh) if (ms <= sinceMs) this.#fresh.delete(op)
  }

  /** The look took so long. */
  looked(ms: number): void {
    this.#restMs = Math.min(LONGEST_REST_MS, Math.max(SLOW_MS, ms * REST_TIMES))
  }

  /** Whether nothing is or was just being done to this. */
  isUntouched(id: ResourceId): boolean {
    return [...this.#busy, ...this.#fresh.keys()].every((op) => subject(op).id !== id)
  }

  /** `carryOut` never rejects. When all of these are done, those that `then` gives are begun, as if they had been among them. */
  start(steps: readonly Step[], carryOut: (step: Step) => Promise<void>, then: () => readonly Step[] = () => []): void {
    this.#sinceMs = this.#clock.monotonicMs()
    void this.#runAll(steps, carryOut, then)
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
    const slow = setTimeout(() => this.#check(), this.#restMs)
    const limit = setTimeout(resolve, limitMs)
    await promise
    this.#wake = undefined
    clearTimeout(slow)
    clearTimeout(limit)
  }

  async #runAll(
    steps: readonly Step[],
    carryOut: (step: Step) => Promise<void>,
    then: () => readonly Step[],
  ): Promise<void> {
    if (steps.length === 0) return
    this.#count += 1
    await Promise.all(steps.map((step) => this.#run(step, carryOut)))
    for (const step of then()) void this.#run(step, carryOut)
    this.#count -= 1
    this.#check()
  }

  async #run(step: Step, carryOut: (step: Step) => Promise<void>): Promise<void> {
    this.#count += 1
    for (const op of step.ops) this.#busy.add(op)
    await carryOut(step)
    for (const op of step.ops) {
      this.#busy.delete(op)
      this.#fresh.set(op, this.#clock.monotonicMs())
    }
    this.#count -= 1
    this.#news = true
    this.#check()
  }

  #check(): void {
    const isSlow = this.#clock.monotonicMs() - this.#sinceMs >= this.#restMs
    if (this.isIdle || (isSlow && this.#news)) this.#wake?.()
  }
}
