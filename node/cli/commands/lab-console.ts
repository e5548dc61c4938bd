import { type Command, InvalidArgumentError } from 'commander'
import { NODE_NAME } from '#core/model/ids.ts'
import { type Context, examples, formArgument, type Globals, targetOf } from '../context.ts'
import { labArgument } from './lab-read.ts'

interface ConsoleOptions {
  readonly view?: true
  readonly session?: string
}

/** `lab console`: a terminal in a lab node. */
export function addLabConsole(lab: Command, context: Context): void {
  lab
    .command('console')
    .description('a terminal in a lab node, wherever it runs; Ctrl+] leaves it, the exit code is that of its program')
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('<node>', 'name of the node', formArgument(NODE_NAME, 'node name'))
    .option('--session <id>', 'go on with a terminal that is open', sessionArgument)
    .option('--view', 'look only: what is typed is left out')
    .addHelpText(
      'after',
      examples(
        'skein lab console frr01 router1',
        'skein lab console frr01 router1 --session 3n0Xw2 --view',
        'skein lab console frr01 router1 <commands.txt',
      ),
    )
    .action(async (name: string, node: string, options: ConsoleOptions, command: Command) => {
      const { runConsole } = await import('../console.ts')
      const target = targetOf(command.optsWithGlobals<Globals>(), context.io)
      const path = `/v1/labs/${name}/nodes/${encodeURIComponent(node)}/console`
      context.exitCode = await runConsole(context.io, { target, path, ...options })
    })
}

function sessionArgument(text: string): string {
  if (!/^[\w-]{1,64}$/.test(text))
    throw new InvalidArgumentError('It is not a session; `lab console` says it when it is left.')
  return text
}
