import { MeshError } from '#core/model/errors.ts'
import type { Command, ProcessCommand, Result, SocketCommand } from './exec.ts'
import { explanationOf, isHarmless, requirementOf } from './explained.ts'

const PLAIN_WORD = /^[\w@%+=:,./-]+$/

/** A command as a person would type it; of a secret one only the tool. */
export const describe = (command: Command): string => {
  if ('socket' in command) return `${command.method} ${command.path} on ${command.socket}`
  if (command.secret === true) return `${command.file} …`
  return [command.file, ...command.args].map((word) => (PLAIN_WORD.test(word) ? word : quote(word))).join(' ')
}

/** Room for a command in a message, in characters: what went wrong stands behind it, and must be seen. `details` have all of it. */
const BRIEF = 120

const brief = (command: Command): string => {
  const text = describe(command)
  return text.length > BRIEF ? `${text.slice(0, BRIEF)}…` : text
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** The tool or the daemon's socket is not there. */
export const toolMissing = (command: Command, cause?: unknown): MeshError =>
  'socket' in command
    ? new MeshError(
        'TOOL_MISSING',
        `nothing answers at ${command.socket}: is its daemon installed and running?`,
        { socket: command.socket },
        cause,
      )
    : new MeshError(
        'TOOL_MISSING',
        `${command.file} is not installed, or not on the PATH`,
        { tool: command.file },
        cause,
      )

/** It ran longer than it may. */
export const timedOut = (command: Command, timeoutMs: number): MeshError =>
  new MeshError('TIMEOUT', `no end after ${timeoutMs / 1000} s: ${brief(command)}`, {
    command: describe(command),
    timeoutMs,
  })

/** It failed; `why` says how, in words. */
export const toolFailed = (command: Command, why: string, cause?: unknown): MeshError =>
  new MeshError('TOOL_FAILED', `${brief(command)}: ${why}`, { command: describe(command) }, cause)

/** The failure of a finished process, or undefined where its exit code is a good one. */
export const processFailure = (command: ProcessCommand, result: Result): MeshError | undefined => {
  if ((command.okCodes ?? [0]).includes(result.code)) return undefined
  // What nsenter(1), env(1) and their like say when the tool they should start is not there.
  const absent = result.code === 127 ? /failed to execute ([^\s:]+): No such file/.exec(result.stderr)?.[1] : undefined
  if (absent !== undefined) return toolMissing({ file: absent, args: [] })
  const said = command.secret === true ? '' : firstLines(result.stderr.trim() === '' ? result.stdout : result.stderr)
  const why = `exit code ${result.code}${said === '' ? '' : `: ${said}`}`
  const details = { command: describe(command), exitCode: result.code }
  return new MeshError('TOOL_FAILED', command.otherwise ?? `${brief(command)}: ${why}`, details)
}

/** The failure in an answer, or undefined where it is a good one. */
export const requestFailure = (command: SocketCommand, result: Result): MeshError | undefined => {
  const isGood = result.code >= 200 && result.code <= 299
  const isOk = command.okStatus?.includes(result.code) ?? isGood
  const details = { command: describe(command), status: result.code }
  const reason = isOk ? (isProgress(command) ? progressError(result.stdout) : undefined) : reasonOf(result.stdout)
  if (reason !== undefined || !isOk) {
    if (isHarmless(command, reason ?? '')) return undefined
    const explained = explanationOf(command, result.code)
    const head = explained?.message ?? `${brief(command)}: status ${result.code}`
    const message = reason === undefined || reason === '' ? head : `${head}: ${reason}`
    return new MeshError(explained?.code ?? 'TOOL_FAILED', message, details)
  }
  const required = requirementOf(command)
  if (required === undefined || !isGood || result.stdout.includes(required.text)) return undefined
  return new MeshError(required.otherwise.code, required.otherwise.message, details)
}

/** Requests that answer 200 at once, then stream one JSON object per line, of which the last may be an error (Docker Engine API). */
export const isProgress = (command: SocketCommand): boolean =>
  command.method === 'POST' && /^\/(v[\d.]+\/)?(images\/(create|load)|build)\b/.test(command.path)

const progressError = (stream: string): string | undefined =>
  stream
    .split('\n')
    .map((line) => field(line, 'error'))
    .findLast((error) => error !== undefined)

/** The reason in a daemon's answer: `message` of docker, `error` of LXD, else its first lines. */
const reasonOf = (body: string): string => field(body, 'message') ?? field(body, 'error') ?? firstLines(body)

const field = (json: string, name: string): string | undefined => {
  try {
    const value: unknown = JSON.parse(json)
    const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
    return typeof found === 'string' && found !== '' ? found.trim() : undefined
  } catch {
    return undefined
  }
}

const firstLines = (text: string): string => {
  const lines = text.trim().split('\n').slice(0, 3).join(' / ')
  return lines.length > 400 ? `${lines.slice(0, 400)}…` : lines
}
