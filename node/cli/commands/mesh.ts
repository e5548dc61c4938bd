import type { Command } from 'commander'
import { type Context, clientOf, examples, show } from '../context.ts'
import type { Host, Leader } from '../shapes.ts'

/** `host ls`, `leader`, `version`. */
export function addMeshCommands(root: Command, context: Context): void {
  addHost(root, context)
  addLeader(root, context)
  root
    .command('version')
    .description('print the version')
    .addHelpText('after', examples('skein version', 'skein version --json'))
    .action((_options: unknown, command: Command) =>
      show(context, command, {
        value: context.version,
        text: ({ version, protocol }) => `skein ${version} (protocol ${protocol})\n`,
      }),
    )
}

function addHost(root: Command, context: Context): void {
  const host = root.command('host').description('the hosts of the mesh')
  host
    .command('ls')
    .description('list the hosts, as the agent sees them')
    .addHelpText(
      'after',
      examples('skein host ls', 'skein host ls --json', 'skein host ls --api http://192.0.2.7:8010'),
    )
    .action(async (_options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<readonly Host[]>('/v1/hosts')
      await show(context, command, { value, text: async (hosts) => (await import('../text.ts')).hostsText(hosts) })
    })
}

function addLeader(root: Command, context: Context): void {
  root
    .command('leader')
    .description('show who leads, who votes, and whether there is a majority')
    .addHelpText('after', examples('skein leader', 'skein leader --json'))
    .action(async (_options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<Leader>('/v1/leader')
      await show(context, command, { value, text: async (leader) => (await import('../text.ts')).leaderText(leader) })
    })
}
