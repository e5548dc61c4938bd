import { MeshError } from '#core/model/errors.ts'
import type { Exec } from '#platform/exec.ts'

/** What the kernel may lack, and words by which it shows whether it does. */
const TRIALS = [
  ['netem', ['delay', '1ms']],
  ['tbf', ['rate', '1mbit', 'burst', '10000', 'latency', '50ms']],
] as const

/**
 * Which queueing disciplines this kernel has, of `netem` and `tbf`: each is tried in a network namespace that ends with the trial, which
 * also loads its module where there is one. Never rejects.
 */
export const detectShaping = async (exec: Exec): Promise<readonly string[]> => {
  const found = await Promise.all(
    TRIALS.map(async ([kind, words]) => ((await isThere(exec, kind, words)) ? [kind] : [])),
  )
  return found.flat()
}

async function isThere(exec: Exec, kind: string, words: readonly string[]): Promise<boolean> {
  const args = ['-n', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', kind, ...words]
  try {
    return (await exec.run({ file: 'unshare', args, okCodes: [0, 1, 2], timeoutMs: 5_000 })).code === 0
  } catch (error) {
    if (error instanceof MeshError) return false
    throw error
  }
}
