/** No number of ours, and none that a tool prints by itself, is below this. */
const FIRST = -900_000_001

/** What a tool reckons from a stand-in, such as the number of a port. */
const RECKONED = /-(?:\d{9,}|0x[0-9a-f]{7,})\b|0x-[0-9a-f]{7,}\b/g

/**
 * Stands in for numbers that nobody has given out yet: each label gets one number, which no real one can be mistaken for, and `shown` puts
 * the label back, so that nobody takes it for the number that will be.
 */
export class Placeholders {
  readonly #numbers = new Map<string, number>()

  /** Those made elsewhere, by label. */
  constructor(numbers: Readonly<Record<string, number>> = {}) {
    for (const [label, number] of Object.entries(numbers)) this.#numbers.set(label, number)
  }

  /** The number that stands for `label`; the same whenever asked. */
  number(label: string): number {
    const number = this.#numbers.get(label) ?? FIRST - this.#numbers.size
    this.#numbers.set(label, number)
    return number
  }

  /** A number that follows from one of those. */
  derive(label: string, number: number): void {
    this.#numbers.set(label, number)
  }

  /** `text` with every stand-in as `<label>`. */
  shown(text: string): string {
    let shown = text
    for (const [label, number] of this.#numbers) shown = shown.replaceAll(String(number), `<${label}>`)
    return shown.replaceAll(RECKONED, '<number>')
  }

  /** To travel, for the constructor at the other end. */
  get numbers(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#numbers)
  }
}
