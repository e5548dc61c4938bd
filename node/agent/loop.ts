import type { Effect } from '#core/engine/effect.ts'
import type { Engine } from '#core/engine/engine.ts'
import type { Event } from '#core/engine/event.ts'
import type { Command } from '#core/state/commands.ts'
import type { Clock } from '#platform/clock.ts'

export interface LoopOptions {
  readonly engine: Pick<Engine, 'handle'>
  readonly clock: Clock
  /** Whether this host leads and waits for a majority; whatever ends that comes as an event. */
  isCommitting(): boolean
  /** Makes everything in these effects durable, as one batch. */
  persist(effects: readonly Extract<Effect, { type: 'persist' }>[]): Promise<void>
  carryOut(effect: Exclude<Effect, { type: 'persist' }>): void | Promise<void>
  /** The store failed: the host must stop speaking. */
  onFatal(error: unknown): void
}

/** Commands that are held back for the next round: with more than these, rounds overlap. */
const MAX_HELD = 1024

/**
 * The one queue. `dispatch` never waits; effects are carried out in order, and all `persist` effects that wait together share one
 * disk sync before anything behind them is done: a vote is never sent before it is kept. What stands before the first of them
 * waits for none.
 */
export class Loop {
  readonly #options: LoopOptions
  #queue: Effect[] = []
  #commands: Command[] = []
  #running: Promise<void> | undefined
  #dead = false

  constructor(options: LoopOptions) {
    this.#options = options
  }

  dispatch(event: Event): void {
    if (this.#dead) return
    this.#handle(event)
    this.#running ??= this.#drain()
  }

  /**
   * Commands for the log. Those that come while a write or a round is under way go to the engine together, as one event: one entry batch, one
   * sync, one round.
   */
  propose(commands: readonly Command[]): void {
    if (this.#dead) return
    for (const command of commands) this.#commands.push(command)
    this.#running ??= this.#drain()
  }

  /** Resolves when everything asked for so far was carried out. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  #handle(event: Event): void {
    const { engine, clock } = this.#options
    for (const effect of engine.handle(event, { nowMs: clock.monotonicMs(), wallMs: clock.nowMs() }))
      this.#queue.push(effect)
  }

  async #drain(): Promise<void> {
    try {
      // Let events of this turn of the event loop arrive first: they share the disk sync.
      await Promise.resolve()
      for (let batch = this.#take(); batch.length > 0; batch = this.#take()) await this.#carryOut(batch)
    } catch (error) {
      this.#dead = true
      this.#options.onFatal(error)
    } finally {
      this.#running = undefined
    }
    if (this.#isWaiting() && !this.#dead) this.#running = this.#drain()
  }

  /** What waits for no write, if there is such; else all that waits, with what the commands that wait bring about. */
  #take(): readonly Effect[] {
    const write = this.#queue.findIndex((effect) => effect.type === 'persist')
    if (this.#queue.length > 0 && write !== 0) return this.#queue.splice(0, write === -1 ? this.#queue.length : write)
    if (this.#mayPropose()) {
      const commands = this.#commands
      this.#commands = []
      this.#handle({ type: 'propose', commands })
    }
    const batch = this.#queue
    this.#queue = []
    return batch
  }

  async #carryOut(batch: readonly Effect[]): Promise<void> {
    const persists = batch.filter((effect) => effect.type === 'persist')
    // Begun at once: what stands before the first of them is done meanwhile.
    let writing = persists.length === 0 ? undefined : this.#options.persist(persists)
    writing?.catch(() => undefined)
    for (const effect of batch) {
      if (effect.type === 'persist') {
        await writing
        writing = undefined
        continue
      }
      const work = this.#options.carryOut(effect)
      if (work !== undefined) await work
    }
  }

  #isWaiting(): boolean {
    return this.#queue.length > 0 || this.#mayPropose()
  }

  #mayPropose(): boolean {
    const { length } = this.#commands
    return length > 0 && (length >= MAX_HELD || !this.#options.isCommitting())
  }
}
