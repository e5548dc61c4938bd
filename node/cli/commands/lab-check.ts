import type { Command } from 'commander'
import type { Problem } from '#core/model/errors.ts'
import { LAB_NAME } from '#core/model/ids.ts'
import { type Context, clientOf, examples, formArgument, isJson, show } from '../context.ts'
import type { PlanShape } from '../lab-shapes.ts'
import { type Prepared, prepare, prepareGood, send } from '../prepare.ts'

/** Options of every command that reads a topology. */
export interface TopologyOptions {
  readonly lenient?: boolean
  readonly name?: string
}

interface PlanOptions extends TopologyOptions {
  readonly commands?: boolean
}

/** Adds FILE, --lenient and --name. */
export const withTopology = (command: Command): Command =>
  command
    .argument('<file>', 'topology file, a folder with one *.clab.yml, a URL, or - for standard input')
    .option('--lenient', 'unknown keys are warnings')
    .option('--name <lab>', 'name of the lab, whatever the file says', formArgument(LAB_NAME, 'lab name'))

/** `lab validate`, `lab plan`. */
export function addLabCheckCommands(lab: Command, context: Context): void {
  withTopology(lab.command('validate').description('check a topology; needs no agent and starts nothing'))
    .addHelpText('after', examples('skein lab validate lab.clab.yml', 'skein lab validate --json - < lab.clab.yml'))
    .action(async (file: string, options: TopologyOptions, command: Command) => {
      const prepared = await prepare(file, options, context.io)
      const valid = prepared.intent !== undefined
      context.exitCode = valid ? 0 : 2
      const value = { valid, problems: prepared.problems }
      await show(context, command, { value, text: () => verdictText(prepared) })
    })
  withTopology(
    lab.command('plan').description('show where each node would go, what would change and why; starts nothing'),
  )
    .option('--commands', 'also the very commands that each host would run')
    .addHelpText(
      'after',
      examples(
        'skein lab plan lab.clab.yml',
        'skein lab plan lab.clab.yml --commands',
        'skein lab plan lab.clab.yml --json',
      ),
    )
    .action(async (file: string, options: PlanOptions, command: Command) => {
      const prepared = await prepareGood(file, { ...options, quiet: isJson(command) }, context.io)
      const path = `/v1/labs/plan${options.commands === true ? '?commands=true' : ''}`
      const value = await send<PlanShape>(await clientOf(command, context.io), path, prepared)
      await show(context, command, { value, text: async (plan) => (await import('../plan-text.ts')).planText(plan) })
    })
}

async function verdictText({ file, problems, intent }: Prepared): Promise<string> {
  const { problemsText } = await import('../output.ts')
  const list = problemsText(file.shown, problems)
  if (intent === undefined) return `${list}${file.shown}: not valid: ${countText(problems)}\n`
  const size = `${plural(intent.nodes.length, 'node')}, ${plural(intent.links.length, 'link')}`
  return `${list}${file.shown}: valid: lab ${intent.name}, ${size}${problems.length === 0 ? '' : `, ${countText(problems)}`}\n`
}

function countText(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  return [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ].join(', ')
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
