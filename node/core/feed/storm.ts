/** So many events may come at once, and so many a second in the long run; both far above what a host that works has to tell. */
const BURST = 200
const PER_S = 20

/** Lets events pass up to a rate, and counts the others. Times are ms of one clock that never jumps. */
export class Storm {
  #left = BURST
  #atMs: number
  #missed = 0

  constructor(nowMs: number) {
    this.#atMs = nowMs
  }

  /** Whether an event may be told now; one that may not is counted. */
  admits(nowMs: number): boolean {
    this.#refill(nowMs)
    // What was only counted is told first, and takes a place as well.
    if (this.#left < (this.#missed === 0 ? 1 : 2)) {
      this.#missed += 1
      return false
    }
    this.#left -= 1
    return true
  }

  /** How many were only counted, once that may be told; 0 where there is nothing to tell or not yet. Begins to count anew. */
  takeMissed(nowMs: number): number {
    this.#refill(nowMs)
    if (this.#missed === 0 || this.#left < 1) return 0
    const missed = this.#missed
    this.#missed = 0
    this.#left -= 1
    return missed
  }

  get isCounting(): boolean {
    return this.#missed > 0
  }

  #refill(nowMs: number): void {
    this.#left = Math.min(BURST, this.#left + ((nowMs - this.#atMs) * PER_S) / 1_000)
    this.#atMs = nowMs
  }
}
