import type { HostId } from '#core/model/ids.ts'
import type { Random } from './random.ts'

interface Range {
  readonly fromMs: number
  readonly toMs: number
}

/** How messages travel: with delay (drawn per message, so they overtake each other), loss, duplicates and one-way cuts. */
export class Network {
  /** Probabilities per message. */
  loss = 0
  duplicates = 0
  delay: Range = { fromMs: 5, toMs: 5 }
  readonly #random: Random
  readonly #cuts = new Set<string>()
  readonly #linkDelays = new Map<string, Range>()

  constructor(random: Random) {
    this.#random = random
  }

  /** Cuts one direction: nothing that `from` sends reaches `to`, what is on the way included. */
  cut(from: HostId, to: HostId): void {
    this.#cuts.add(`${from}>${to}`)
  }

  /** Gives one direction a delay of its own. */
  setLinkDelay(from: HostId, to: HostId, delay: Range): void {
    this.#linkDelays.set(`${from}>${to}`, delay)
  }

  /** Ends all cuts and delays of single directions. */
  heal(): void {
    this.#cuts.clear()
    this.#linkDelays.clear()
  }

  /** After how many milliseconds each copy of a message sent now arrives; none where it is lost. */
  route(from: HostId, to: HostId): readonly number[] {
    const { fromMs, toMs } = this.#linkDelays.get(`${from}>${to}`) ?? this.delay
    const copies = this.#random.chance(this.loss) ? 0 : this.#random.chance(this.duplicates) ? 2 : 1
    return Array.from({ length: copies }, () => this.#random.between(fromMs, toMs))
  }

  /** Whether a message that arrives now gets through. */
  passes(from: HostId, to: HostId): boolean {
    return !this.#cuts.has(`${from}>${to}`)
  }
}
