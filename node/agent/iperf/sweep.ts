import type { HostId } from '#core/model/ids.ts'
import type { Logger } from '#platform/log.ts'
import type { IperfDoors } from './deps.ts'

export interface SweepOptions {
  readonly self: HostId
  readonly log: Logger
  readonly doors: IperfDoors
  /** Marks of what is to run. */
  marks(): ReadonlySet<string>
}

/** Ends processes of tests that nobody here knows of any more: of a former run of the agent, above all. */
export class Sweep {
  readonly #options: SweepOptions
  #isSweeping = false

  constructor(options: SweepOptions) {
    this.#options = options
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const { self, log, doors, marks } = this.#options
    if (this.#isSweeping) return
    this.#isSweeping = true
    try {
      // Asked at the very end of each process's turn: what began meanwhile is kept.
      const killed = await doors.killMarked(self, (mark) => marks().has(mark))
      if (killed > 0) log.warn({ killed }, 'ended processes of tests that nobody knows of')
    } catch (error) {
      log.warn({ err: error }, 'cannot look for processes of tests')
    } finally {
      this.#isSweeping = false
    }
  }
}
