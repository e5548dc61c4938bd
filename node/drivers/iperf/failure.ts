import { MeshError } from '#core/model/errors.ts'
import type { JobEnd } from '#platform/job.ts'

/** What it said last, for a message. */
export const lastLine = (end: JobEnd): string => {
  const said = end.stderr.trim() === '' ? end.stdout : end.stderr
  return (said.trim().split('\n').at(-1) ?? '').slice(0, 200) || 'it said nothing'
}

/** Why a run that ended came to nothing: TOOL_MISSING, TIMEOUT or TOOL_FAILED. */
export const failureOf = (tool: string, end: JobEnd, limitMs: number): MeshError => {
  if (end.type === 'missing') {
    const missing = /failed to execute '?([^\s:']+)/.exec(end.stderr)?.[1] ?? tool
    return new MeshError('TOOL_MISSING', `${missing} is not installed, or not on the PATH`, { tool: missing })
  }
  if (end.type === 'limit')
    return new MeshError('TIMEOUT', `${tool} had no end after ${limitMs / 1000} s and was ended`, { tool, limitMs })
  const how = end.type === 'killed' ? 'somebody killed it' : `exit code ${end.code}`
  return new MeshError('TOOL_FAILED', `${tool}: ${lastLine(end)} (${how})`, { tool })
}
