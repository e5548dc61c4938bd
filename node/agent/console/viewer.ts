import { MeshError } from '#core/model/errors.ts'
import type { ConsoleAsk, ConsoleInput } from '../port.ts'

/** What one viewer may have under way and not acknowledged: what a cut connection loses is still kept then. */
const WINDOW_BYTES = 128 * 1024
/** What a viewer may have typed that the node has not taken. */
const MAX_TYPED_BYTES = 1024 * 1024

/** One who sees a session, and may type. */
export class Viewer {
  readonly ask: Pick<ConsoleAsk, 'who' | 'view' | 'counts'>
  readonly #begin: number
  cols: number
  rows: number
  /** The next byte to be given. */
  at: number
  /** The next byte that has not arrived. */
  acked: number
  /** Bytes typed, and how many of them the node took. */
  typed = 0
  taken = 0
  /** Told to the viewer so far. */
  told: { readonly cols: number; readonly rows: number; readonly taken: number }
  /** Why it is sent away. */
  dropped: MeshError | undefined

  constructor(ask: ConsoleAsk, at: number) {
    this.ask = ask
    this.#begin = at
    this.at = at
    this.acked = at
    this.cols = ask.cols
    this.rows = ask.rows
    this.told = { cols: ask.cols, rows: ask.rows, taken: 0 }
  }

  /** How much it may be given now. */
  get room(): number {
    return WINDOW_BYTES - (this.at - this.acked)
  }

  heard(message: Exclude<ConsoleInput, { type: 'data' }>): void {
    if (message.type === 'ack') this.acked = Math.min(this.at, Math.max(this.acked, this.#begin + message.bytes))
    else Object.assign(this, { cols: message.cols, rows: message.rows })
  }

  /** Counts what it typed; false where that is more than may wait. */
  types(bytes: number): boolean {
    this.typed += bytes
    if (this.typed - this.taken <= MAX_TYPED_BYTES) return true
    this.dropped ??= new MeshError('BUSY', `more than ${MAX_TYPED_BYTES} bytes were typed that the node has not taken`)
    return false
  }
}
