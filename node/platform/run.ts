import { MeshError } from '#core/model/errors.ts'
import type { Command, Exec, Result } from './exec.ts'
import { describe, toolFailed } from './failure.ts'
import { fitsHelper } from './fits-helper.ts'
import { createHelpers } from './helpers.ts'
import { createLimit } from './limit.ts'
import type { Logger } from './log.ts'
import { runProcess } from './process.ts'
import { createRequester } from './request.ts'

export { describe } from './failure.ts'

/** Processes of the agent's own at once, of all drivers together; each costs 5–20 ms of a core to start. */
const PROCESSES = 8

export interface ExecOptions {
  /** Gets one debug line per command, with its code and milliseconds. */
  readonly log?: Logger
  /** Told what came of each command (`ok`, or the code of the error) and after how many milliseconds. */
  onDone?(command: Command, result: string, ms: number): void
}

/**
 * The door to processes and daemons as `Exec` promises it. Processes run with `LC_ALL=C` and no word of theirs is shell; the ninth waits
 * for a place, which does not count towards its time limit. Quick tools are started by helpers. Output ends at 16 MiB: more is
 * TOOL_FAILED.
 */
export const createExec = (options: ExecOptions = {}): Exec => {
  const processes = createLimit(PROCESSES)
  const helpers = createHelpers()
  const request = createRequester()
  const carryOut = (command: Command, signal: AbortSignal | undefined): Promise<Result> => {
    if (signal?.aborted === true) throw toolFailed(command, 'stopped on request')
    if ('socket' in command) return request(command, signal)
    return fitsHelper(command) ? helpers.run(command, signal) : runProcess(command, signal)
  }
  const logged = async (command: Command, signal: AbortSignal | undefined): Promise<Result> => {
    const startMs = performance.now()
    const fields = (code: number | string) => ({
      command: describe(command),
      code,
      ms: Math.round(performance.now() - startMs),
    })
    const done = (result: string): void => options.onDone?.(command, result, performance.now() - startMs)
    try {
      const result = await carryOut(command, signal)
      options.log?.debug(fields(result.code), 'ran')
      done('ok')
      return result
    } catch (error) {
      const code = error instanceof MeshError ? error.code : 'INTERNAL'
      options.log?.debug(fields(code), 'failed')
      done(code)
      throw error
    }
  }
  return {
    run: (command, signal) => {
      const isAlone = 'socket' in command || fitsHelper(command)
      return isAlone ? logged(command, signal) : processes.run(() => logged(command, signal))
    },
  }
}
