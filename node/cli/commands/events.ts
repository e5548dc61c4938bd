import type { Command } from 'commander'
import { HOST_NAME, LAB_NAME } from '#core/model/ids.ts'
import { type Context, clientOf, countArgument, durationOption, examples, formArgument, isJson } from '../context.ts'
import type { EventsPage } from '../shapes.ts'

interface EventsOptions {
  readonly follow?: true
  readonly lab?: string
  readonly host?: string
  readonly since?: number
  readonly limit?: number
}

/** So many of the past, where nothing else is asked for. */
const LAST = 50
const LAST_BEFORE_FOLLOWING = 10

/** `events`. */
export function addEvents(root: Command, context: Context): void {
  root
    .command('events')
    .description('show what happened on all hosts: broken and mended links, hosts, labs, leaders')
    .option('-f, --follow', 'go on with what happens from now on')
    .option('--lab <lab>', 'only of this lab', formArgument(LAB_NAME, 'lab name'))
    .option('--host <host>', 'only what this host told, or what is about it', formArgument(HOST_NAME, 'host name'))
    .addOption(durationOption('--since <duration>', 'no older than this'))
    .option('--limit <count>', `at most so many (${LAST}; ${LAST_BEFORE_FOLLOWING} with --follow)`, countArgument)
    .addHelpText(
      'after',
      examples('skein events', 'skein events --follow --lab frr01', 'skein events --since 10m --limit 1000 --json'),
    )
    .action((options: EventsOptions, command: Command) => events(context, command, options))
}

async function events(context: Context, command: Command, options: EventsOptions): Promise<void> {
  const client = await clientOf(command, context.io)
  const query = queryOf(options)
  const { eventLines, EventLines } = await import('../events-text.ts')
  if (options.follow === true) {
    const { followEvents } = await import('../follow-events.ts')
    const lines = new EventLines(isJson(command))
    await followEvents(context, { client, query, onEvent: (event) => context.io.out(lines.of(event)) })
    return
  }
  const page = await client.get<EventsPage>(`/v1/events?${query}`)
  context.io.out(eventLines(page.events, isJson(command)))
}

function queryOf({ lab, host, since, limit, follow }: EventsOptions): URLSearchParams {
  const all = since === undefined ? LAST : 10_000
  const some = since === undefined ? LAST_BEFORE_FOLLOWING : 10_000
  const query = new URLSearchParams({ limit: String(limit ?? (follow === true ? some : all)) })
  if (lab !== undefined) query.set('lab', lab)
  if (host !== undefined) query.set('host', host)
  if (since !== undefined) query.set('ageMs', String(since))
  return query
}
