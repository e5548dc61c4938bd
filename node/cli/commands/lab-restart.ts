import type { Command } from 'commander'
import { NODE_NAME } from '#core/model/ids.ts'
import { type Context, clientOf, examples, formArgument, show } from '../context.ts'
import { labArgument } from './lab-read.ts'

/** A node may take its time to end; its links are plugged in again before the agent answers. */
const ASK_MS = 180_000

interface Restarted {
  readonly lab: string
  readonly node: string
  readonly host: string
}

/** `lab restart`: a lab node ends and starts again, with its links. */
export function addLabRestart(lab: Command, context: Context): void {
  lab
    .command('restart')
    .description('end a lab node and start it again, with its links, wherever it runs')
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('<node>', 'name of the node', formArgument(NODE_NAME, 'node name'))
    .addHelpText('after', examples('skein lab restart frr01 router1', 'skein lab restart frr01 router1 --json'))
    .action(async (name: string, node: string, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      const path = `/v1/labs/${name}/nodes/${encodeURIComponent(node)}/restart`
      const value = await client.post<Restarted>(path, undefined, { idleMs: ASK_MS })
      await show(context, command, { value, text: (done) => `${done.node} was restarted on ${done.host}\n` })
    })
}
