import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CliActions, HostOptions } from './actions.ts'
import type { Client } from './client.ts'
import { parseDurationMs } from './duration.ts'
import type { CliIo } from './io.ts'
import { withSecrets } from './remote.ts'
import { parseTarget, type Target } from './target.ts'

/** The socket of the local agent, hier(7): run-time data. */
export const DEFAULT_SOCKET = '/run/skein/skein.sock'

/** `version.json`. */
export interface Version {
  readonly version: string
  readonly protocol: number
}

/** What every command gets. */
export interface Context {
  readonly io: CliIo
  readonly actions: CliActions
  readonly version: Version
  /** The exit code of a command that did what it should. */
  exitCode: number
}

/** Options of the root command, valid everywhere. */
export interface Globals {
  readonly json?: boolean
  readonly api?: string
  readonly config?: string
  readonly dataDir?: string
  readonly socket?: string
}

/** Whether to print JSON. */
export const isJson = (command: Command): boolean => command.optsWithGlobals<Globals>().json === true

/** The agent the user means: `--api`, `SKEIN_API`, or the local socket (`--socket`, `SKEIN_SOCKET`). */
export async function clientOf(command: Command, io: CliIo): Promise<Client> {
  const target = targetOf(command.optsWithGlobals<Globals>(), io)
  const { createClient } = await import('./client.ts')
  return createClient(target)
}

/** Where that agent listens. */
export function targetOf({ api, socket, dataDir }: Globals, { env }: CliIo): Target {
  const remote = (text: string): Target => withSecrets(parseTarget(text), { env, dataDir })
  if (api !== undefined) return remote(api)
  if (socket !== undefined) return { type: 'socket', path: socket }
  const address = nonEmpty(env.SKEIN_API)
  if (address !== undefined) return remote(address)
  return { type: 'socket', path: nonEmpty(env.SKEIN_SOCKET) ?? DEFAULT_SOCKET }
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

/** Options that `run`, `bootstrap` and `join` hand to the host's configuration. */
export function hostOptions(command: Command): HostOptions {
  const { config, dataDir, socket } = command.optsWithGlobals<Globals>()
  return {
    ...(config === undefined ? {} : { configFile: config }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(socket === undefined ? {} : { socket }),
  }
}

/** Prints a value: as JSON for programs, in words or a table for people. */
export async function show<T>(
  context: Context,
  command: Command,
  { value, text }: { value: T; text: (value: T) => string | Promise<string> },
) {
  const { json } = await import('./output.ts')
  context.io.out(isJson(command) ? json(value) : await text(value))
}

/** Help's last part. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`

/** For commander: an option that takes a duration; its value is milliseconds. */
export const durationOption = (flags: string, description: string, fallback?: string): Option => {
  const option = new Option(flags, description).argParser(durationArgument)
  return fallback === undefined ? option : option.default(durationArgument(fallback), fallback)
}

function durationArgument(text: string): number {
  const ms = parseDurationMs(text)
  if (ms === undefined) throw new InvalidArgumentError('Write a number and a unit, for example 30s, 5m or 1h.')
  return ms
}

/** For commander: a count from 1 on. */
export function countArgument(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Write a whole number from 1 on.')
  return Number(text)
}

/** For commander: text of a form. */
export const formArgument =
  (pattern: RegExp, what: string) =>
  (text: string): string => {
    if (!pattern.test(text)) throw new InvalidArgumentError(`It is not a ${what}; it must match ${pattern.source}`)
    return text
  }
