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
  /** A text that a good answer contains; one without it is this failure, whatever its status. */
  readonly mustContain?: { readonly text: string; readonly otherwise: Explanation }
}

/** The explanation of `status` in a command, if it carries one. */
export const explanationOf = (command: Command, status: number): Explanation | undefined => {
  if (!('socket' in command)) return undefined
  const { failures } = command as ExplainedRequest
  return failures?.[status] ?? failures?.other
}

/** What must be in the answer to this command, if it says so. */
export const requirementOf = (command: Command): ExplainedRequest['mustContain'] =>
  'socket' in command ? (command as ExplainedRequest).mustContain : undefined
