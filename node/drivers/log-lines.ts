import { StringDecoder } from 'node:string_decoder'

/** How much of what a node printed. */
export interface LogsWish {
  readonly follow?: boolean
  /** The last so many lines. */
  readonly tail?: number
  /** Not before this, in milliseconds since 1970. */
  readonly since?: number
}

/** Output of a node as lines of JSON, `{"stdout":"…"}` or `{"stderr":"…"}`, with each piece as it came: a piece may hold many lines or a part of one. */
export class LogLines {
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
  #pieces: string[] = []

  add(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this.#keep(stream, this.#decoders[stream].write(chunk))
  }

  /** What was added since the last time, as one chunk; none where that is nothing yet. */
  taken(): readonly Uint8Array[] {
    if (this.#pieces.length === 0) return []
    const bytes = Buffer.from(this.#pieces.join(''))
    this.#pieces = []
    return [bytes]
  }

  /** The same at the end: characters that were cut off are told as such. */
  ended(): readonly Uint8Array[] {
    for (const stream of ['stdout', 'stderr'] as const) this.#keep(stream, this.#decoders[stream].end())
    return this.taken()
  }

  #keep(stream: 'stdout' | 'stderr', text: string): void {
    if (text !== '') this.#pieces.push(`${JSON.stringify({ [stream]: text })}\n`)
  }
}
