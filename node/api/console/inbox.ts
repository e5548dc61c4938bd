import { MeshError } from '#core/model/errors.ts'

/** What arrived and was not taken yet, in order. */
export class Inbox<T> implements AsyncIterable<T> {
  readonly #most: number
  readonly #waiting: { readonly item: T; readonly bytes: number }[] = []
  #bytes = 0
  #isOver = false
  #wake = (): void => {}

  /** Holds so many bytes. */
  constructor(most: number) {
    this.#most = most
  }

  /** BUSY where there is no room; an item counts for some bytes also where it is empty. */
  put(item: T, bytes: number): void {
    const cost = bytes + 64
    if (this.#bytes + cost > this.#most)
      throw new MeshError('BUSY', `more than ${this.#most} bytes wait to be passed on`)
    this.#bytes += cost
    this.#waiting.push({ item, bytes: cost })
    this.#wake()
  }

  /** After what is in it nothing comes. */
  end(): void {
    this.#isOver = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      const next = this.#waiting.shift()
      if (next !== undefined) {
        this.#bytes -= next.bytes
        yield next.item
      } else if (this.#isOver) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}
