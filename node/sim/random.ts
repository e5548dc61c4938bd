/** xorshift128, seeded through splitmix32: the same seed gives the same numbers on every machine (Marsaglia 2003, "Xorshift RNGs"). */
export class Random {
  #x: number
  #y: number
  #z: number
  #w: number

  /** `seed` is a whole number; its lower 32 bits count. */
  constructor(seed: number) {
    let mixed = seed >>> 0
    const next = (): number => {
      mixed = (mixed + 0x9e3779b9) >>> 0
      let z = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return (z ^ (z >>> 15)) >>> 0
    }
    this.#x = next()
    this.#y = next()
    this.#z = next()
    this.#w = next() | 1
  }

  /** In [0, 1). */
  next(): number {
    const t = this.#x ^ (this.#x << 11)
    this.#x = this.#y
    this.#y = this.#z
    this.#z = this.#w
    this.#w = (this.#w ^ (this.#w >>> 19) ^ t ^ (t >>> 8)) >>> 0
    return this.#w / 0x1_0000_0000
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from)
  }

  /** A whole number in [from, to], both included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1))
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One of `items`, which are not empty. */
  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)]
    if (item === undefined) throw new RangeError('There is nothing to pick from.')
    return item
  }

  /** All of `items` in another order. */
  shuffle<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, at: this.next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ item }) => item)
  }
}
