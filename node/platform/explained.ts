import type { ErrorCode } from '#core/model/errors.ts'
import type { Command, SocketCommand } from './exec.ts'

/** What a failure means to a person; the daemon's own words follow it. */
export interface Explanation {
  readonly code: ErrorCode
  readonly message: string
}

/** A request that says itself what its failures mean, still as data. Anything that takes a `Command` takes it. */
export interface ExplainedRequest extends SocketCommand {
  /** By status. `other` is for every failure not listed, a failed progress stream included. */
  readonly failures?: { readonly [status: number]: Explanation; readonly other?: Explanation }
  /** Words of a failure that mean it is so already: then it is none. */
  readonly harmless?: readonly string[]
  /** A text that a good answer contains; one of status 200–299 without it is this failure. */
  readonly mustContain?: { readonly text: string; readonly otherwise: Explanation }
}

/** The explanation of `status` in a command, if it carries one. */
export const explanationOf = (command: Command, status: number): Explanation | undefined => {
  if (!('socket' in command)) return undefined
  const { failures } = command as ExplainedRequest
  return failures?.[status] ?? failures?.other
}

/** Whether a failure of this command, in the daemon's own words, is as good as success. */
export const isHarmless = (command: Command, reason: string): boolean =>
  'socket' in command && (command as ExplainedRequest).harmless?.some((words) => reason.includes(words)) === true

/** What must be in the answer to this command, if it says so. */
export const requirementOf = (command: Command): ExplainedRequest['mustContain'] =>
  'socket' in command ? (command as ExplainedRequest).mustContain : undefined
