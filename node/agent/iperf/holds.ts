import type { TestNow } from '#core/iperf/view.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { nicOf } from '#core/model/iperf.ts'
import type { CommandValue } from '#core/state/commands.ts'
import type { Nic } from '#core/state/test-commands.ts'
import type { Clock } from '#platform/clock.ts'
import type { Proposals } from '../consensus/proposals.ts'

export interface HoldsOptions {
  readonly clock: Clock
  readonly proposals: Pick<Proposals, 'submit'>
}

/** What a test was given, or who has it. */
export type Held =
  | { readonly type: 'held'; readonly port: number | undefined }
  /** Asked again it may be had. */
  | { readonly type: 'later'; readonly why: string }

/** How long a hold outlives what it is for, where nobody gives it back. */
const HOLD_REST_MS = 30_000
/** 15 minutes: most holds have ended by themselves by then. */
const OWED_MS = 900_000
/** Codes that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set([
  'NIC_BUSY',
  'HOST_OUTDATED',
  'NO_QUORUM',
  'TIMEOUT',
  'BUSY',
  'POOL_EXHAUSTED',
  'UNREACHABLE',
])

/** NICs and ports of tests, from the log. */
export class Holds {
  readonly #options: HoldsOptions
  /** What is to be given back, and until when that is worth it. */
  readonly #owed = new Map<number, number>()
  readonly #paying = new Set<number>()

  constructor(options: HoldsOptions) {
    this.#options = options
  }

  /**
   * Both NICs, or none of a test in the background, and a port of its server's host. Rejects with what will not pass. The caller frees the test
   * in the end, whatever came of this: of an answer that was lost nobody knows what it said.
   */
  async hold({ spec, from, to, params }: TestNow, limitMs: number): Promise<Held> {
    const nics = params.class === 'background' ? [] : [...new Set([nicOf(from), nicOf(to)])]
    const port: HostId | null = params.tool === 'ping' ? null : to.host
    if (nics.length === 0 && port === null) return { type: 'held', port: undefined }
    const ask = { type: 'hold-test', test: spec.id, nics: nics as Nic[], port, ttlMs: limitMs + HOLD_REST_MS } as const
    try {
      const value = (await this.#options.proposals.submit(ask)) as Extract<CommandValue, { type: 'test' }>
      return { type: 'held', port: value.port ?? undefined }
    } catch (error) {
      if (error instanceof MeshError && PASSING.has(error.code)) return { type: 'later', why: error.message }
      throw error
    }
  }

  /** Gives back what a test holds; tried again by `look` where no majority is there. Never rejects. */
  async free(test: number): Promise<void> {
    this.#owed.set(test, this.#options.clock.monotonicMs() + OWED_MS)
    await this.#pay(test)
  }

  /** Each second or so. */
  look(): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const [test, untilMs] of this.#owed) if (untilMs < nowMs) this.#owed.delete(test)
    for (const test of this.#owed.keys()) void this.#pay(test)
  }

  async #pay(test: number): Promise<void> {
    if (this.#paying.has(test)) return
    this.#paying.add(test)
    try {
      await this.#options.proposals.submit({ type: 'free-test', test })
      this.#owed.delete(test)
    } catch {
      // Asked again at the next look, until it ends by itself.
    } finally {
      this.#paying.delete(test)
    }
  }
}
