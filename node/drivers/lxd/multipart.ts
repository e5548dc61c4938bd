import { MeshError } from '#core/model/errors.ts'

/** One part; it is read to its end before the next comes. */
export interface Part extends AsyncIterable<Uint8Array> {
  /** False where the answer is one file and no form. */
  readonly isOfSeveral: boolean
}

const BLANK_LINE = '\r\n\r\n'
/** RFC 2046 §5.1.1: two hyphens and at most 70 characters; the lines of a part say its name and type. */
const MAX_HEAD_BYTES = 8 * 1024

/**
 * The files LXD exports an image as: those of a form (RFC 7578), or the bytes as they are where they are none. Files of images do not begin
 * with two hyphens: they are compressed, or tar archives of other names. Throws TOOL_FAILED where the form ends too early.
 */
export async function* partsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Part, void> {
  const bytes = new Taker(chunks)
  try {
    await bytes.fill(2)
    if (bytes.held.subarray(0, 2).toString('latin1') !== '--') {
      yield asPart(bytes.rest(), false)
      return
    }
    const first = await bytes.until('\r\n')
    for (let line = first; line === first; ) {
      await bytes.until(BLANK_LINE)
      yield asPart(bytes.before(`\r\n${first}`), true)
      line = `${first}${await bytes.until('\r\n')}`
    }
  } finally {
    await bytes.close()
  }
}

const asPart = (bytes: AsyncIterable<Uint8Array>, isOfSeveral: boolean): Part => ({
  isOfSeveral,
  [Symbol.asyncIterator]: () => bytes[Symbol.asyncIterator](),
})

/** Bytes that come in pieces of any size. */
class Taker {
  held: Buffer = Buffer.alloc(0)
  readonly #chunks: AsyncIterator<Uint8Array>

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Holds so many bytes, or all there are; whether there were so many. */
  async fill(count: number): Promise<boolean> {
    while (this.held.length < count) if (!(await this.#more())) return false
    return true
  }

  /** A short text up to a mark, which is taken as well. */
  async until(mark: string): Promise<string> {
    for (;;) {
      const at = this.held.indexOf(mark)
      if (at >= 0) {
        const text = this.held.subarray(0, at).toString('latin1')
        this.held = this.held.subarray(at + mark.length)
        return text
      }
      if (this.held.length > MAX_HEAD_BYTES || !(await this.#more())) throw tooShort()
    }
  }

  /** Everything up to a mark, which is taken as well. */
  async *before(mark: string): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const at = this.held.indexOf(mark)
      // The mark may have begun in what is here.
      const safe = at >= 0 ? at : Math.max(0, this.held.length - mark.length + 1)
      const piece = this.held.subarray(0, safe)
      this.held = this.held.subarray(at >= 0 ? at + mark.length : safe)
      if (piece.length > 0) yield piece
      if (at >= 0) return
      if (!(await this.#more())) throw tooShort()
    }
  }

  async *rest(): AsyncGenerator<Uint8Array, void> {
    do {
      const piece = this.held
      this.held = Buffer.alloc(0)
      if (piece.length > 0) yield piece
    } while (await this.#more())
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next()
    if (next.done === true) return false
    this.held =
      this.held.length === 0
        ? Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length)
        : Buffer.concat([this.held, next.value])
    return true
  }
}

const tooShort = (): MeshError => new MeshError('TOOL_FAILED', 'the export of an LXD image ends too early')
