import type { Command } from 'commander'
import { LAB_NAME, NODE_NAME } from '#core/model/ids.ts'
import { type Context, clientOf, examples, formArgument, isJson, show } from '../context.ts'
import { badUsage } from '../failures.ts'
import type { ExecOutcome, LabRow, LabShape } from '../lab-shapes.ts'

/** For commander: the name of a lab. */
export const labArgument = formArgument(LAB_NAME, 'lab name')

/** `lab ls`, `lab show`, `lab exec`. */
export function addLabReadCommands(lab: Command, context: Context): void {
  lab
    .command('ls')
    .description('list the labs')
    .addHelpText('after', examples('skein lab ls', 'skein lab ls --json'))
    .action(async (_options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<readonly LabRow[]>('/v1/labs')
      await show(context, command, { value, text: async (rows) => (await import('../text.ts')).labsText(rows) })
    })
  lab
    .command('show')
    .description('show a lab, its nodes and links, as read back from the hosts')
    .argument('<lab>', 'name of the lab', labArgument)
    .addHelpText('after', examples('skein lab show frr01', 'skein lab show frr01 --json'))
    .action(async (name: string, _options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<LabShape>(`/v1/labs/${name}`)
      await show(context, command, { value, text: async (view) => (await import('../text.ts')).labText(view) })
    })
  addExec(lab, context)
}

function addExec(lab: Command, context: Context): void {
  lab
    .command('exec')
    .description('run a command inside a node, wherever it runs; the exit code is that of the command')
    .usage('[options] <lab> <node> -- <argv...>')
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('<node>', 'name of the node', formArgument(NODE_NAME, 'node name'))
    .argument('<argv...>', 'the command and its arguments; no shell is in between')
    .option('-i, --stdin', 'let it read standard input, at most 4 MiB')
    .addHelpText(
      'after',
      examples(
        "skein lab exec frr01 router1 -- vtysh -c 'show ip ospf neighbor'",
        'skein lab exec frr01 PC1 --json -- ip -j addr',
        "skein lab exec -i frr01 PC1 -- sh -c 'cat >/etc/motd' <motd",
      ),
    )
    .action(async (name: string, node: string, argv: string[], options: { stdin?: true }, command: Command) => {
      const path = `/v1/labs/${name}/nodes/${encodeURIComponent(node)}/exec`
      const input = options.stdin === true ? { stdinBase64: await stdinOf(context) } : {}
      const outcome = await (await clientOf(command, context.io)).post<ExecOutcome>(
        path,
        { argv, ...input },
        { idleMs: 0 },
      )
      context.exitCode = outcome.exitCode
      if (isJson(command)) return show(context, command, { value: outcome, text: () => '' })
      context.io.out(outcome.stdout)
      context.io.err(outcome.stderr)
    })
}

const MAX_STDIN_BYTES = 4 * 1024 * 1024

async function stdinOf({ io }: Context): Promise<string> {
  const bytes = await io.readStdin()
  if (bytes.length > MAX_STDIN_BYTES)
    throw badUsage(
      `standard input has ${bytes.length} bytes, and a command can be given ${MAX_STDIN_BYTES}`,
      'Bind a folder into the node, or copy it in parts.',
    )
  return Buffer.from(bytes).toString('base64')
}
