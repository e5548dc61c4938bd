import type { ProcessCommand } from '#platform/exec.ts'
import { MAX_ALIAS_BYTES } from './owner-mark.ts'

/** One command of `ip`, `bridge` or `tc`, as words. */
export type BatchLine = readonly string[]

/** What a batch file of iproute2 would take apart: blanks, quotes, `#`, `\`; and what would end the whole batch: an overlong alias. */
const isPlain = (word: string): boolean => /^[^\s"'#\\]+$/.test(word) && Buffer.byteLength(word) <= MAX_ALIAS_BYTES

/** True where these lines can share a batch with others. */
export const fitsBatch = (lines: readonly BatchLine[]): boolean => lines.every((line) => line.every(isPlain))

export interface BatchTarget {
  readonly tool: 'ip' | 'bridge' | 'tc'
  /** Process whose network namespace to work in; the host's own when absent. */
  readonly pid?: number
  /** Go on after a line that fails and take that for success: for removing what may not be there. */
  readonly tolerant?: boolean
}

/**
 * One process for all lines, `-batch -` of ip(8), bridge(8) and tc(8): it stops at the first line that fails.
 * Lines with words that a batch cannot hold become a process each.
 */
export const batch = (target: BatchTarget, lines: readonly BatchLine[]): readonly ProcessCommand[] => {
  if (lines.length === 0) return []
  const codes = target.tolerant === true ? { okCodes: [0, 1, 2] } : {}
  if (!fitsBatch(lines)) return lines.map((line) => ({ ...inNamespace(target.pid, target.tool, line), ...codes }))
  const args = [...(target.tolerant === true ? ['-force'] : []), '-batch', '-']
  return [
    {
      ...inNamespace(target.pid, target.tool, args),
      stdin: lines.map((line) => `${line.join(' ')}\n`).join(''),
      ...codes,
    },
  ]
}

/** Runs a tool of the host in the network namespace of a process (nsenter(1)); in the host's where `pid` is undefined. */
export const inNamespace = (pid: number | undefined, file: string, args: readonly string[]): ProcessCommand =>
  pid === undefined ? { file, args } : { file: 'nsenter', args: ['-t', String(pid), '-n', file, ...args] }
