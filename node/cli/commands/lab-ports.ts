import type { Command } from 'commander'
import { type Context, clientOf, examples, show } from '../context.ts'
import type { LabShape } from '../lab-shapes.ts'
import { labArgument } from './lab-read.ts'

/** `lab ports`. */
export function addLabPorts(lab: Command, context: Context): void {
  lab
    .command('ports')
    .description('show which ports of which hosts lead to the nodes of a lab')
    .argument('<lab>', 'name of the lab', labArgument)
    .addHelpText('after', examples('skein lab ports web01', 'skein lab ports web01 --json'))
    .action(async (name: string, _options: unknown, command: Command) => {
      const view = await (await clientOf(command, context.io)).get<LabShape>(`/v1/labs/${name}`)
      const value = view.nodes.flatMap((node) =>
        (node.ports ?? []).map((port) => ({ node: node.name, host: node.host, ...port })),
      )
      await show(context, command, { value, text: async () => (await import('../names-text.ts')).portsText(view) })
    })
}
