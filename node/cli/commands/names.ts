import type { Command } from 'commander'
import type { Names } from '#core/names/names.ts'
import { type Context, clientOf, examples, show } from '../context.ts'

/** `names ls`, `names zone`. */
export function addNameCommands(root: Command, context: Context): void {
  const names = root.command('names').description('names of lab nodes and hosts')
  names
    .command('ls')
    .description('list the names, and the addresses behind them')
    .option('--lab <lab>', 'only nodes of this lab')
    .addHelpText('after', examples('skein names ls', 'skein names ls --lab frr01 --json'))
    .action(async ({ lab }: { lab?: string }, command: Command) => {
      const all = await ask(command, context)
      const value = lab === undefined ? all : { hosts: [], nodes: all.nodes.filter((node) => node.lab === lab) }
      await show(context, command, { value, text: async (rows) => (await import('../names-text.ts')).namesText(rows) })
    })
  names
    .command('zone')
    .description('print the zone mesh.local as a master file, for the `file` plugin of CoreDNS and other servers')
    .addHelpText('after', examples('skein names zone > mesh.local.zone'))
    .action(async (_options: unknown, command: Command) => {
      const names = await ask(command, context)
      const { zoneText } = await import('#core/names/zone.ts')
      const zone = zoneText(names, Math.trunc(context.io.wallMs() / 1000))
      await show(context, command, { value: { zone }, text: () => zone })
    })
}

const ask = async (command: Command, { io }: Context): Promise<Names> =>
  (await clientOf(command, io)).get<Names>('/v1/names')
