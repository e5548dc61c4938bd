import type { Command } from 'commander'
import { type Context, clientOf, examples, show } from '../context.ts'
import type { LabImageRow } from '../lab-shapes.ts'

/** `image ls`. */
export function addImageCommands(root: Command, context: Context): void {
  const image = root.command('image').description('images of labs')
  image
    .command('ls')
    .description('list the images of labs that run, and which hosts have them')
    .option('--lab <lab>', 'only those of this lab')
    .addHelpText('after', examples('skein image ls', 'skein image ls --lab frr01 --json'))
    .action(async ({ lab }: { lab?: string }, command: Command) => {
      const all = await (await clientOf(command, context.io)).get<readonly LabImageRow[]>('/v1/images')
      const value = lab === undefined ? all : all.filter((row) => row.lab === lab)
      await show(context, command, {
        value,
        text: async (rows) => (await import('../images-text.ts')).imagesText(rows),
      })
    })
}
