import { MeshError } from '#core/model/errors.ts'
import type { Command, Exec, Result } from './exec.ts'
import { describe, toolFailed } from './failure.ts'
import { createLimit } from './limit.ts'
import type { Logger } from './log.ts'
import { runProcess } from './process.ts'
import { createRequester } from './request.ts'

export { describe } from './failure.ts'

/** Processes at once, of all drivers together; each costs 5–20 ms of a core to start. */
const PROCESSES = 8

export interface ExecOptions {
  /** Gets one debug line per command, with its code and milliseconds. */
  readonly log?: Logger
}

/**
 * The door to processes and daemons as `Exec` promises it. Processes run with `LC_ALL=C` and no shell; the ninth waits for a
 * place, which does not count towards its time limit. Output ends at 16 MiB: more is TOOL_FAILED.
 */
export const createExec = (options: ExecOptions = {}): Exec => {
  const processes = createLimit(PROCESSES)
  const request = createRequester()
  const carryOut = (command: Command, signal: AbortSignal | undefined): Promise<Result> => {
    if (signal?.aborted === true) throw toolFailed(command, 'stopped on request')
    return 'socket' in command ? request(command, signal) : runProcess(command, signal)
  }
  const logged = async (command: Command, signal: AbortSignal | undefined): Promise<Result> => {
    const startMs = performance.now()
    const fields = (code: number | string) => ({
      command: describe(command),
      code,
      ms: Math.round(performance.now() - startMs),
    })
    try {
      const result = await carryOut(command, signal)
      options.log?.debug(fields(result.code), 'ran')
      return result
    } catch (error) {
      options.log?.debug(fields(error instanceof MeshError ? error.code : 'INTERNAL'), 'failed')
      throw error
    }
  }
  return {
    run: (command, signal) =>
      'socket' in command ? logged(command, signal) : processes.run(() => logged(command, signal)),
  }
}
