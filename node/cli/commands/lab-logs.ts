import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { NODE_NAME } from '#core/model/ids.ts'
import { type Context, clientOf, durationOption, examples, formArgument, isJson } from '../context.ts'
import { CommandFailed } from '../failures.ts'
import { labArgument } from './lab-read.ts'

interface LogsOptions {
  readonly follow?: true
  readonly tail?: number
  readonly since?: number
}

/** `lab logs`: what a lab node has printed. */
export function addLabLogs(lab: Command, context: Context): void {
  lab
    .command('logs')
    .description('show what a lab node has printed, wherever it runs')
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('<node>', 'name of the node', formArgument(NODE_NAME, 'node name'))
    .option('-f, --follow', 'go on with what it prints from now on')
    .option('--tail <lines>', 'the last so many lines', linesArgument)
    .addOption(durationOption('--since <duration>', 'no older than this'))
    .addHelpText(
      'after',
      examples('skein lab logs frr01 router1 --tail 20', 'skein lab logs frr01 router1 -f --since 10m'),
    )
    .action((name: string, node: string, options: LogsOptions, command: Command) =>
      logs(context, command, { path: pathOf(name, node, options), follow: options.follow === true }),
    )
}

function linesArgument(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('Write a whole number, for example 100.')
  return Number(text)
}

function pathOf(lab: string, node: string, { follow, tail, since }: LogsOptions): string {
  const all = Object.entries({ follow, tail, sinceMs: since })
  const query = new URLSearchParams(
    all.flatMap(([key, one]): [string, string][] => (one === undefined ? [] : [[key, String(one)]])),
  )
  return `/v1/labs/${lab}/nodes/${encodeURIComponent(node)}/logs?${query}`
}

/** A line of the answer: what was printed on one of the two streams. */
interface Piece {
  readonly stdout?: string
  readonly stderr?: string
}

async function logs(
  context: Context,
  command: Command,
  { path, follow }: { readonly path: string; readonly follow: boolean },
): Promise<void> {
  const { io } = context
  const client = await clientOf(command, io)
  const { signal, release } = io.catchInterrupt()
  const onLine = (line: unknown): void => {
    const { stdout, stderr } = (line ?? {}) as Piece
    if (isJson(command)) io.out(`${JSON.stringify(line)}\n`)
    else if (stdout !== undefined) io.out(stdout)
    else if (stderr !== undefined) io.err(stderr)
  }
  try {
    await client.lines(path, onLine, { signal, idleMs: follow ? 0 : 60_000 })
  } catch (error) {
    if (!signal.aborted || error instanceof CommandFailed) throw error
  } finally {
    release()
  }
  if (signal.aborted) context.exitCode = 130
}
