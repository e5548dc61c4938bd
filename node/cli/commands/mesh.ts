import type { Command } from 'commander'
import { type Context, clientOf, examples, show } from '../context.ts'
import type { Leader } from '../shapes.ts'

/** `leader`, `version`. */
export function addMeshCommands(root: Command, context: Context): void {
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
