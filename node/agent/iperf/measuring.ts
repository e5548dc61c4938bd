import { combineSamples } from '#core/iperf/combine.ts'
import { runLimitMs } from '#core/iperf/estimate.ts'
import type { TestNow } from '#core/iperf/view.ts'
import { MeshError } from '#core/model/errors.ts'
import type { TestResult, Verdict } from '#core/model/iperf.ts'
import { later, within } from './later.ts'
import { CLAIM_REST_MS } from './limits.ts'
import type { EndAddress, MeasureAsk, Measured } from './runner.ts'

/** What measures one test. */
export interface Measuring {
  readonly exercise: number
  readonly test: TestNow
  readonly port: number | undefined
  readonly signal: AbortSignal
  /** A server for one sample; where it may be reached. NOT_FOUND where its host has not heard of the exercise. */
  serve(): Promise<readonly EndAddress[]>
  /** Which of the addresses it is. */
  choose(addresses: readonly EndAddress[]): Promise<string>
  measure(ask: MeasureAsk, signal: AbortSignal): Promise<Measured>
  /** It is under way: the first server listens. */
  began(): void
  /** Keeps what was printed of all samples so far. */
  keep(raw: readonly unknown[]): Promise<void>
  /** How a rate compares with what the pair did before; undefined where too little is known. */
  judged(bps: number): TestResult['baseline']
}

/** What was measured, and why not all of it, where that is so. */
export interface Outcome {
  readonly result?: TestResult
  readonly error?: unknown
}

/** Gossip of an exercise is at the server's host by then. */
const HEARD_MS = 5_000
const ASK_AGAIN_MS = 250
/** A run that was told to end has ended by then. */
const ENDED_MS = 10_000

/** All samples of a test, and all of them once more where they look bad. Never rejects. */
export async function measureTest(measuring: Measuring): Promise<Outcome> {
  const run = new Run(measuring)
  const first = await run.samples()
  if (first.error !== undefined || first.result === undefined) return first
  const verdict = verdictOf(first.result)
  if (verdict === undefined || verdict === 'good') return first
  const again = await run.samples(1)
  if (again.error === undefined) return again
  // What was stopped meanwhile says less than what was whole; but nothing came out so twice.
  const { baseline: _, ...result } = first.result
  return { result, error: again.error }
}

const verdictOf = ({ baseline }: TestResult): Verdict | undefined => baseline?.verdict

class Run {
  readonly #measuring: Measuring
  readonly #raw: unknown[] = []

  constructor(measuring: Measuring) {
    this.#measuring = measuring
  }

  async samples(retests = 0): Promise<Outcome> {
    const { test, signal } = this.#measuring
    const measured: Measured[] = []
    try {
      while (measured.length < test.params.samples && !signal.aborted) measured.push(await this.#sample())
      signal.throwIfAborted()
      const result = this.#combined(measured, retests)
      const baseline = test.params.tool === 'ping' ? undefined : this.#measuring.judged(result.receivedBps)
      return { result: baseline === undefined ? result : { ...result, baseline } }
    } catch (error) {
      if (measured.length === 0) return { error }
      return { error, result: { ...this.#combined(measured, retests), isPartial: true } }
    }
  }

  #combined(measured: readonly Measured[], retests: number): TestResult {
    const idle = measured.find((one) => one.idle !== undefined)?.idle
    const loaded = measured.find((one) => one.loaded !== undefined)?.loaded
    const isPartial = measured.some((one) => one.isPartial)
    return combineSamples(
      measured.map(({ sample }) => sample),
      {
        retests,
        ...(idle === undefined ? {} : { idle }),
        ...(loaded === undefined ? {} : { loaded }),
        ...(isPartial ? { isPartial } : {}),
      },
    )
  }

  async #sample(): Promise<Measured> {
    const { exercise, test, port, signal, began, measure } = this.#measuring
    const address = await this.#measuring.choose(await this.#served())
    signal.throwIfAborted()
    began()
    const limitMs = runLimitMs(test.params)
    const ask = { exercise, test: test.spec.id, end: test.from, params: test.params, port: port ?? 0, limitMs, address }
    const mostMs = limitMs + ENDED_MS + (test.from.type === 'attached' ? CLAIM_REST_MS : 0)
    const measured = await within(measure(ask, signal), mostMs)
    if (measured === undefined) throw new MeshError('TIMEOUT', 'what measures did not end')
    this.#raw.push(measured.raw)
    await this.#measuring.keep(this.#raw)
    return measured
  }

  /** Asks again as long as the other host may not have heard of it yet. */
  async #served(): Promise<readonly EndAddress[]> {
    const { serve, signal } = this.#measuring
    for (let spentMs = 0; ; spentMs += ASK_AGAIN_MS) {
      try {
        return await serve()
      } catch (error) {
        const isEarly = error instanceof MeshError && error.details.isEarly === true
        if (!isEarly || spentMs >= HEARD_MS) throw error
      }
      await later(ASK_AGAIN_MS, signal)
      signal.throwIfAborted()
    }
  }
}
