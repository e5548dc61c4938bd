import type { Command } from 'commander'
import { type Context, clientOf, examples, show } from '../context.ts'
import type { InterfaceShape } from '../lab-shapes.ts'
import { labArgument } from './lab-read.ts'

/** `lab interfaces`: which interface of which node is which port of which host. */
export function addLabInterfaces(lab: Command, context: Context): void {
  lab
    .command('interfaces')
    .description(
      "list the ends of all links: the node's interface, what its software calls it, the host's port and VLAN tag",
    )
    .argument('<lab>', 'name of the lab', labArgument)
    .addHelpText('after', examples('skein lab interfaces frr01', 'skein lab interfaces frr01 --json'))
    .action(async (name: string, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      const value = await client.get<readonly InterfaceShape[]>(`/v1/labs/${name}/interfaces`)
      await show(context, command, {
        value,
        text: async (rows) => (await import('../interfaces-text.ts')).interfacesText(rows),
      })
    })
}
