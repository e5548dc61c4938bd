import type { Command } from 'commander'
import { REVISION_NAME } from '#core/model/ids.ts'
import { type Context, clientOf, durationOption, examples, formArgument, show } from '../context.ts'
import type { DiffShape, ExportShape, RevisionRow, RevisionShape, SubmittedShape } from '../lab-shapes.ts'
import { type FinishOptions, finishUp } from '../up/finish.ts'
import { labArgument } from './lab-read.ts'

const revisionArgument = formArgument(/^(?:\d{1,15}|[A-Za-z][A-Za-z0-9._-]{0,63})$/, 'number or name of a revision')

/** Options of every command that makes a revision. */
export const withRevisionOptions = (command: Command): Command =>
  command
    .option('-m, --message <text>', 'why, for the history of the lab')
    .option('--revision-name <name>', 'what to call the state', formArgument(REVISION_NAME, 'name of a revision'))

/** `lab history`, `lab diff`, `lab export`, `lab rollback`. */
export function addLabHistoryCommands(lab: Command, context: Context): void {
  addHistory(lab, context)
  addDiff(lab, context)
  addExport(lab, context)
  addRollback(lab, context)
}

function addHistory(lab: Command, context: Context): void {
  lab
    .command('history')
    .description('list the kept states of a lab, or show the topology of one of them')
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('[revision]', 'number or name', revisionArgument)
    .addHelpText(
      'after',
      examples('skein lab history frr01', 'skein lab history frr01 3', 'skein lab history frr01 --json'),
    )
    .action(async (name: string, revision: string | undefined, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      const path = `/v1/labs/${name}/revisions`
      const texts = await import('../history-text.ts')
      if (revision !== undefined) {
        const value = await client.get<RevisionShape>(`${path}/${revision}`)
        return show(context, command, { value, text: texts.revisionText })
      }
      const value = await client.get<readonly RevisionRow[]>(path)
      await show(context, command, { value, text: (rows) => texts.historyText(rows, context.io.wallMs()) })
    })
}

function addDiff(lab: Command, context: Context): void {
  lab
    .command('diff')
    .description('show what differs between two kept states of a lab')
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('<from>', 'number or name of a revision', revisionArgument)
    .argument('[to]', 'another one; the newest unless told', revisionArgument)
    .addHelpText('after', examples('skein lab diff frr01 3', 'skein lab diff frr01 before-upgrade 7 --json'))
    .action(async (name: string, ...[from, to, , command]: [string, string | undefined, unknown, Command]) => {
      const query = new URLSearchParams({ from, ...(to === undefined ? {} : { to }) })
      const value = await (await clientOf(command, context.io)).get<DiffShape>(`/v1/labs/${name}/diff?${query}`)
      await show(context, command, { value, text: async (diff) => (await import('../history-text.ts')).diffText(diff) })
    })
}

function addExport(lab: Command, context: Context): void {
  lab
    .command('export')
    .description('print the topology of a lab as it was submitted')
    .argument('<lab>', 'name of the lab', labArgument)
    .addHelpText('after', examples('skein lab export frr01 > lab.clab.yml'))
    .action(async (name: string, _options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<ExportShape>(`/v1/labs/${name}/export`)
      await show(context, command, { value, text: ({ topology }) => topology })
    })
}

interface RollbackOptions extends FinishOptions {
  readonly message?: string
  readonly revisionName?: string
}

function addRollback(lab: Command, context: Context): void {
  withRevisionOptions(lab.command('rollback').description('bring a kept state of a lab up again, with its files'))
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('<revision>', 'number or name', revisionArgument)
    .addOption(durationOption('--timeout <duration>', 'how long to wait', '5m'))
    .option('--detach', 'do not wait')
    .addHelpText(
      'after',
      examples('skein lab rollback frr01 3', 'skein lab rollback frr01 before-upgrade -m "it was slow"'),
    )
    .action(async (name: string, ...[revision, options, command]: [string, RollbackOptions, Command]) => {
      const client = await clientOf(command, context.io)
      const { message, revisionName } = options
      const body = {
        revision,
        ...(message === undefined ? {} : { message }),
        ...(revisionName === undefined ? {} : { revisionName }),
      }
      const submitted = await client.post<SubmittedShape>(`/v1/labs/${name}/rollback`, body)
      await finishUp(context, command, { client, submitted, options })
    })
}
