import { ERRORS, MeshError, type Problem } from '#core/model/errors.ts'

/** The error shape of the API, which `--json` prints too. */
export interface Failure {
  readonly error: string
  readonly message: string
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>
}

/** A failure of a command, with the exit code it ends in: 1 failed, 2 bad usage or input, 3 agent unreachable, 130 interrupted. */
export class CommandFailed extends Error {
  readonly failure: Failure
  readonly exitCode: number

  constructor(failure: Failure, exitCode: number) {
    super(failure.message)
    this.failure = failure
    this.exitCode = exitCode
  }
}

/** Codes that say the user's input is at fault. */
const INPUT_CODES: ReadonlySet<string> = new Set(['BAD_INPUT', 'BAD_TOPOLOGY'])

/** A failure as the agent told it. */
export const toldFailure = (failure: Failure): CommandFailed =>
  new CommandFailed(failure, INPUT_CODES.has(failure.error) ? 2 : 1)

/** The agent cannot be reached; exit code 3. */
export const unreachable = (message: string, hint: string = ERRORS.UNREACHABLE.hint): CommandFailed =>
  new CommandFailed({ error: 'UNREACHABLE', message, hint, details: {} }, 3)

/** The command line is wrong; exit code 2. */
export const badUsage = (message: string, hint: string): CommandFailed =>
  new CommandFailed({ error: 'BAD_INPUT', message, hint, details: {} }, 2)

/** A topology with errors; exit code 2. */
export function badTopology(file: string, problems: readonly Problem[]): CommandFailed {
  const count = problems.filter(({ severity }) => severity === 'error').length
  const message = `${file} has ${count} ${count === 1 ? 'error' : 'errors'}`
  return new CommandFailed(
    { error: 'BAD_TOPOLOGY', message, hint: ERRORS.BAD_TOPOLOGY.hint, details: { file, problems } },
    2,
  )
}

/** Any error, as what the user is told. Of an unexpected one only the message is shown, never the stack. */
export function asCommandFailed(error: unknown): CommandFailed {
  if (error instanceof CommandFailed) return error
  if (error instanceof MeshError) {
    const { code, message, hint, details } = error
    return toldFailure({ error: code, message, hint, details })
  }
  const message = `something unexpected happened: ${error instanceof Error ? error.message : String(error)}`
  const hint = 'Run it again with SKEIN_DEBUG=1 in the environment and report what it prints.'
  return new CommandFailed({ error: 'INTERNAL', message, hint, details: {} }, 1)
}
