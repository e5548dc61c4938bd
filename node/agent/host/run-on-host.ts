import { MeshError } from '#core/model/errors.ts'
import type { Exec } from '#platform/exec.ts'
import type { RunResult } from './runs.ts'

/** As long as a command in a lab node may take. */
const TIMEOUT_MS = 600_000
/** Every code a process may end with: which of them are a failure, the topology's author knows. */
const ALL_CODES = Array.from({ length: 256 }, (_, code) => code)

/** Runs a command of a topology on this host, as argv. One that cannot be run ends with 127 and says why, as a shell's would. */
export async function runOnHost(exec: Exec, argv: readonly string[]): Promise<RunResult> {
  const [file = '', ...args] = argv
  try {
    const { code, stdout, stderr } = await exec.run({ file, args, okCodes: ALL_CODES, timeoutMs: TIMEOUT_MS })
    return { exitCode: code, stdout, stderr }
  } catch (error) {
    if (!(error instanceof MeshError)) throw error
    return { exitCode: 127, stdout: '', stderr: error.message }
  }
}
