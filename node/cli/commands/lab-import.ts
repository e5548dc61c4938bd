import type { Command } from 'commander'
import type { LabDifference } from '#core/topology/differences.ts'
import { type Context, examples, show } from '../context.ts'
import { type Prepared, prepare } from '../prepare.ts'
import { type TopologyOptions, withTopology } from './lab-check.ts'

/** `lab import`: what will be different from containerlab; needs no agent. */
export function addLabImport(lab: Command, context: Context): void {
  withTopology(
    lab.command('import').description('list what will differ from containerlab for a topology; starts nothing'),
  )
    .addHelpText(
      'after',
      examples('skein lab import lab.clab.yml', 'skein lab import https://example.org/lab.clab.yml --json'),
    )
    .action(async (file: string, options: TopologyOptions, command: Command) => {
      const prepared = await prepare(file, options, context.io)
      const { differencesOf } = await import('#core/topology/differences.ts')
      const differences = differencesOf(prepared.read)
      const valid = prepared.intent !== undefined
      context.exitCode = valid ? 0 : 2
      const value = { valid, problems: prepared.problems, differences }
      await show(context, command, { value, text: () => importText(prepared, differences) })
    })
}

async function importText(
  { file, problems, intent }: Prepared,
  differences: readonly LabDifference[],
): Promise<string> {
  const { problemsText, table } = await import('../output.ts')
  const errors = problems.filter(({ severity }) => severity === 'error')
  const rows = differences.map(({ lines, what, supported, says }) => [
    lines.length === 0 ? '-' : lines.join(','),
    what,
    supported ? 'another' : 'none',
    says.replaceAll('`', ''),
  ])
  const list = rows.length === 0 ? '' : table(['lines', 'what', 'effect', 'here'], rows)
  const end =
    intent === undefined
      ? `${file.shown}: it cannot be used yet: ${errors.length} to correct\n`
      : `${file.shown}: ready for \`skein lab up\`, ${rows.length === 0 ? 'as in containerlab' : 'with these differences'}\n`
  return `${problemsText(file.shown, errors)}${list}${list === '' ? '' : '\n'}${end}`
}
