import type { Problem } from '#core/model/errors.ts'
import type { LabIntent } from '#core/model/lab.ts'
import type { TopologyResult } from '#core/topology/read.ts'
import { gatherBinds } from './bind-files.ts'
import type { Client } from './client.ts'
import { badTopology, CommandFailed } from './failures.ts'
import type { CliIo } from './io.ts'
import { readTopologyFile, type TopologyFile } from './topology-file.ts'

/** What the user may add to a topology. */
export interface PrepareOptions {
  readonly lenient?: boolean
  /** The lab's name, whatever the topology says. */
  readonly name?: string
}

/** A topology, checked here, with everything that is sent. */
export interface Prepared {
  readonly file: TopologyFile
  readonly problems: readonly Problem[]
  /** Absent where a problem is an error. */
  readonly intent?: LabIntent
  /** Body for the API. */
  readonly body: object
  /** What the text alone came to. */
  readonly read: TopologyResult
}

/** One without errors. */
export type PreparedGood = Prepared & { readonly intent: LabIntent }

/** Only the variables that a topology names leave this machine. */
function variablesIn(text: string, env: CliIo['env']): Record<string, string> {
  const names = new Set([...text.matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, name = '']) => name))
  return Object.fromEntries([...names].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
}

/** Reads a topology and the files it binds, and checks all of it without an agent. */
export async function prepare(argument: string, options: PrepareOptions, io: CliIo): Promise<Prepared> {
  const file = await readTopologyFile(argument, io)
  const { readTopology } = await import('#core/topology/read.ts')
  const variables = variablesIn(file.text, io.env)
  const { lenient = false, name } = options
  const fallbackName = name ?? file.fallbackName
  const names = fallbackName === undefined ? {} : { fallbackName }
  const read = readTopology({ text: file.text, fileName: file.shown, variables, lenient, ...names })
  const places = { folder: file.folder, home: io.env.HOME, mayLeave: file.isRemote !== true }
  const binds = await gatherBinds(places, read.bindSources)
  const problems = [...read.problems, ...binds.problems].toSorted((a, b) => a.line - b.line || a.column - b.column)
  const body = {
    topology: file.text,
    fileName: file.shown,
    files: binds.files.map(({ path, mode, bytes }) => ({
      path,
      mode,
      contentBase64: Buffer.from(bytes).toString('base64'),
    })),
    variables,
    lenient,
    ...names,
    ...(name === undefined ? {} : { name }),
  }
  const hasErrors = problems.some(({ severity }) => severity === 'error')
  return { file, problems, body, read, ...(read.intent === undefined || hasErrors ? {} : { intent: read.intent }) }
}

/** As `prepare`, where only a topology without errors will do; its warnings go to standard error. BAD_TOPOLOGY, exit code 2. */
export async function prepareGood(
  argument: string,
  options: PrepareOptions & { readonly quiet: boolean },
  io: CliIo,
): Promise<PreparedGood> {
  const prepared = await prepare(argument, options, io)
  const { file, problems, intent } = prepared
  if (intent === undefined) throw badTopology(file.shown, problems)
  if (!options.quiet) {
    const { problemsText } = await import('./output.ts')
    io.err(problemsText(file.shown, problems))
  }
  return { ...prepared, intent }
}

/** Sends what was prepared; problems that only the agent finds are told with the name of the file. */
export async function send<T>(client: Client, path: string, { file, body }: Prepared): Promise<T> {
  try {
    return await client.post<T>(path, body)
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.failure.error !== 'BAD_TOPOLOGY') throw error
    const { failure, exitCode } = error
    throw new CommandFailed({ ...failure, details: { ...failure.details, file: file.shown } }, exitCode)
  }
}
