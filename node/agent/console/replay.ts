/** The last bytes of a stream, by their place in it. */
export class Replay {
  readonly #ring: Buffer
  #end = 0

  /** Keeps so many bytes. */
  constructor(size: number) {
    this.#ring = Buffer.allocUnsafe(size)
  }

  /** Place of the first byte that is kept. */
  get start(): number {
    return Math.max(0, this.#end - this.#ring.length)
  }

  /** Place after the last byte: how many there were. */
  get end(): number {
    return this.#end
  }

  /** At most as many as are kept. */
  add(bytes: Uint8Array): void {
    for (let taken = 0; taken < bytes.length; ) {
      const at = this.#end % this.#ring.length
      const piece = bytes.subarray(taken, taken + this.#ring.length - at)
      this.#ring.set(piece, at)
      this.#end += piece.length
      taken += piece.length
    }
  }

  /** A copy of bytes from this place on, which must be kept; at most `most`, and empty where there are no more yet. */
  read(from: number, most: number): Uint8Array {
    const at = from % this.#ring.length
    const length = Math.min(most, this.#end - from, this.#ring.length - at)
    return Uint8Array.from(this.#ring.subarray(at, at + length))
  }
}
