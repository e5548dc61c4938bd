import { timeMs } from './fields.ts'
import { text } from './shape.ts'

/** In every command. */
export interface Stamp {
  /** Chosen by who asks; a second command with the same one gets the first one's answer. */
  readonly requestId: string
  /** Wall clock of the leader that proposed it. The machine's own time never goes back. */
  readonly nowMs: number
}

/** Checks of a {@link Stamp}. */
export const stamp = { requestId: text(/^[\x21-\x7e]{1,200}$/), nowMs: timeMs }
