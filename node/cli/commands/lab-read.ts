import type { Command } from 'commander'
import { LAB_NAME, NODE_NAME } from '#core/model/ids.ts'
import { type Context, clientOf, examples, formArgument, isJson, show } from '../context.ts'
import type { ExecOutcome, LabRow, LabShape, LinkShape } from '../shapes.ts'

/** For commander: the name of a lab. */
const labArgument = formArgument(LAB_NAME, 'lab name')

/** `lab ls`, `lab show`, `lab links`, `lab exec`. */
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
  lab
    .command('links')
    .description('list the links of a lab and their ends')
    .argument('<lab>', 'name of the lab', labArgument)
    .addHelpText('after', examples('skein lab links frr01', 'skein lab links frr01 --json'))
    .action(async (name: string, _options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<readonly LinkShape[]>(`/v1/labs/${name}/links`)
      await show(context, command, { value, text: async (links) => (await import('../text.ts')).linksText(links) })
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
    .addHelpText(
      'after',
      examples(
        "skein lab exec frr01 router1 -- vtysh -c 'show ip ospf neighbor'",
        'skein lab exec frr01 PC1 --json -- ip -j addr',
      ),
    )
    .action(async (name: string, node: string, argv: string[], _options: unknown, command: Command) => {
      const path = `/v1/labs/${name}/nodes/${encodeURIComponent(node)}/exec`
      const outcome = await (await clientOf(command, context.io)).post<ExecOutcome>(path, { argv }, { idleMs: 0 })
      context.exitCode = outcome.exitCode
      if (isJson(command)) return show(context, command, { value: outcome, text: () => '' })
      context.io.out(outcome.stdout)
      context.io.err(outcome.stderr)
    })
}
