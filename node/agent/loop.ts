import type { Effect } from '#core/engine/effect.ts'
import type { Engine } from '#core/engine/engine.ts'
import type { Event } from '#core/engine/event.ts'
import type { Clock } from '#platform/clock.ts'

export interface LoopOptions {
  readonly engine: Pick<Engine, 'handle'>
  readonly clock: Clock
  /** Makes everything in these effects durable, as one batch. */
  persist(effects: readonly Extract<Effect, { type: 'persist' }>[]): Promise<void>
  carryOut(effect: Exclude<Effect, { type: 'persist' }>): void | Promise<void>
  /** The store failed: the host must stop speaking. */
  onFatal(error: unknown): void
}

/**
 * The one queue. `dispatch` never waits; effects are carried out in order, and all `persist` effects that wait together share one
 * disk sync before anything behind them is done: a vote is never sent before it is kept.
 */
export class Loop {
  readonly #options: LoopOptions
  #queue: Effect[] = []
  #running: Promise<void> | undefined
  #dead = false

  constructor(options: LoopOptions) {
    this.#options = options
  }

  dispatch(event: Event): void {
    if (this.#dead) return
    const { engine, clock } = this.#options
    this.#queue.push(...engine.handle(event, { nowMs: clock.monotonicMs(), wallMs: clock.nowMs() }))
    this.#running ??= this.#drain()
  }

  /** Resolves when everything asked for so far was carried out. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #drain(): Promise<void> {
    try {
      // Let events of this turn of the event loop arrive first: they share the disk sync.
      await Promise.resolve()
      while (this.#queue.length > 0) {
        const batch = this.#queue
        this.#queue = []
        const persists = batch.filter((effect) => effect.type === 'persist')
        if (persists.length > 0) await this.#options.persist(persists)
        for (const effect of batch) if (effect.type !== 'persist') await this.#options.carryOut(effect)
      }
    } catch (error) {
      this.#dead = true
      this.#options.onFatal(error)
    } finally {
      this.#running = undefined
    }
    if (this.#queue.length > 0 && !this.#dead) this.#running = this.#drain()
  }
}
