import type { Command } from 'commander'
import { type Context, clientOf, durationOption, examples, isJson, show } from '../context.ts'
import type { LabReconciled, LabShape } from '../lab-shapes.ts'
import { waitUp } from '../up/wait.ts'
import { labArgument } from './lab-read.ts'

interface ReconcileOptions {
  readonly wait?: boolean
  readonly timeout: number
}

/** Longer than an agent takes to ask all hosts of a lab. */
const ASK_MS = 60_000

/** `lab reconcile`: every host of a lab looks now, and tries again at once what had to wait. */
export function addLabReconcile(lab: Command, context: Context): void {
  lab
    .command('reconcile')
    .description(
      'look at a lab on all its hosts now, and try again at once what failed; exit 1 if something stays wrong',
    )
    .argument('<lab>', 'name of the lab', labArgument)
    .option('--wait', 'wait until the lab is up')
    .addOption(durationOption('--timeout <duration>', 'how long to wait', '2m'))
    .addHelpText('after', examples('skein lab reconcile frr01', 'skein lab reconcile frr01 --wait --json'))
    .action(async (name: string, { wait, timeout: timeoutMs }: ReconcileOptions, command: Command) => {
      const client = await clientOf(command, context.io)
      const value = await client.post<LabReconciled>(`/v1/labs/${name}/reconcile`, undefined, { idleMs: ASK_MS })
      await show(context, command, {
        value,
        text: async (all) => (await import('../text-reconcile.ts')).reconciledText(all),
      })
      if (wait === true) {
        const { generation } = await client.get<LabShape>(`/v1/labs/${name}`)
        await waitUp(context, { client, lab: name, generation, timeoutMs, isJson: isJson(command) })
      } else if (value.hosts.some(({ wrong, unreachable }) => wrong.length > 0 || unreachable !== undefined))
        context.exitCode = 1
    })
}
