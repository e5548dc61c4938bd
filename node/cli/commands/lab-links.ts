import type { Command } from 'commander'
import { type Context, clientOf, examples, isJson, show } from '../context.ts'
import { CommandFailed } from '../failures.ts'
import type { LinkShape } from '../lab-shapes.ts'
import { poll } from '../poll.ts'
import { createLinksWatch } from '../up/links-watch.ts'
import { labArgument } from './lab-read.ts'

/** Damage is often mended within half a second, and what it was is to be seen. */
const WATCH_MS = 100

/** `lab links`: the links of a lab once, or for as long as somebody watches. */
export function addLabLinks(lab: Command, context: Context): void {
  lab
    .command('links')
    .description('list the links of a lab, their ends, what is wrong with them and what is being done about it')
    .argument('<lab>', 'name of the lab', labArgument)
    .option('--watch', 'go on until Ctrl-C; a JSON line for each change where nobody looks, or with --json')
    .addHelpText('after', examples('skein lab links frr01', 'skein lab links frr01 --watch'))
    .action(async (name: string, { watch }: { watch?: boolean }, command: Command) => {
      if (watch === true) return watchLinks(name, context, command)
      const value = await (await clientOf(command, context.io)).get<readonly LinkShape[]>(`/v1/labs/${name}/links`)
      await show(context, command, { value, text: async (links) => (await import('../text.ts')).linksText(links) })
    })
}

async function watchLinks(lab: string, { io }: Context, command: Command): Promise<void> {
  const client = await clientOf(command, io)
  const isLive = io.isOutTty && !isJson(command)
  const { linksText } = await import('../text.ts')
  const watch = createLinksWatch(io, isLive ? linksText : undefined)
  await poll({
    io,
    client,
    lab,
    everyMs: () => WATCH_MS,
    absenceMs: Number.POSITIVE_INFINITY,
    look: (seen) => {
      if (seen.type === 'lab') return watch.show(seen.view)
      return seen.type === 'absent' ? watch.absent() : watch.isBegun ? watch.gone(lab) : unknown(lab)
    },
  })
}

const unknown = (lab: string): CommandFailed =>
  new CommandFailed(
    {
      error: 'NOT_FOUND',
      message: `there is no lab named ${lab}`,
      hint: 'List what there is, for example with `skein lab ls`.',
      details: {},
    },
    1,
  )
