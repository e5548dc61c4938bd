import type { Command } from 'commander'
import { type Context, clientOf, examples } from '../context.ts'
import type { EndsOptions, MeasureOptions } from '../iperf-ask.ts'
import type { RunOptions } from '../iperf-run.ts'
import { addIperfAgents } from './iperf-agents.ts'
import { addIperfChanges } from './iperf-change.ts'
import { withEndsOptions, withMeasureOptions, withRunOptions } from './iperf-options.ts'
import { addIperfReads } from './iperf-read.ts'
import { addIperfResults } from './iperf-results.ts'
import { addIperfSchedules } from './iperf-schedules.ts'

/** `iperf …`: measure between hosts and lab nodes, and look at what came of it. */
export function addIperfCommands(root: Command, context: Context): void {
  const iperf = root.command('iperf').description('measure rates and round trips between hosts and lab nodes')
  addRun(iperf, context)
  addMesh(iperf, context)
  addIperfReads(iperf, context)
  addIperfResults(iperf, context)
  addIperfChanges(iperf, context)
  addIperfSchedules(iperf, context)
  addIperfAgents(iperf, context)
}

function addRun(iperf: Command, context: Context): void {
  const run = iperf
    .command('run')
    .description('measure from one end to another: HOST, LAB/NODE, LAB/NODE:INTERFACE or an attached machine')
    .argument('<source>', 'who sends')
    .argument('<destination>', 'who receives')
  withRunOptions(withMeasureOptions(run))
    .addHelpText(
      'after',
      examples(
        'skein iperf run a b',
        "skein iperf run a b --samples 5 --expect '>500M'",
        'skein iperf run frr01/r1 frr01/r2:eth1 --udp --bitrate 100M',
        'skein iperf run a b --ping --background --no-wait',
        "skein iperf run a b --schedule '*/30 * * * *' --schedule-name uplink",
      ),
    )
    .action(async (source: string, destination: string, options: RunOptions & MeasureOptions, command: Command) => {
      const client = await clientOf(command, context.io)
      const [{ paramsOf }, { measure }] = await Promise.all([import('../iperf-ask.ts'), import('../iperf-run.ts')])
      const pairs = [[source, destination] as const]
      const ask = { ...nameOf(options), shape: 'pairs' as const, pairs, params: paramsOf(options) }
      await measure(context, command, { client, ask, options })
    })
}

function addMesh(iperf: Command, context: Context): void {
  const mesh = iperf
    .command('mesh')
    .description('measure each end with each other one, both ways, in rounds in which no NIC is used twice')
  withRunOptions(withMeasureOptions(withEndsOptions(mesh)))
    .addHelpText(
      'after',
      examples(
        'skein iperf mesh',
        "skein iperf mesh --hosts a,b,c --time 5 --expect '>1G'",
        'skein iperf mesh --lab frr01 --nodes r1,r2,r3 --udp --bitrate 50M',
        'skein iperf mesh --lab frr01 --links',
        "skein iperf mesh --schedule '0 3 * * *' --schedule-name nightly",
      ),
    )
    .action(async (options: RunOptions & MeasureOptions & EndsOptions, command: Command) => {
      const client = await clientOf(command, context.io)
      const [{ meshOf, paramsOf }, { measure }] = await Promise.all([
        import('../iperf-ask.ts'),
        import('../iperf-run.ts'),
      ])
      const ask = { ...nameOf(options), ...(await meshOf(client, options)), params: paramsOf(options) }
      await measure(context, command, { client, ask, options })
    })
}

const nameOf = ({ name }: RunOptions): { readonly name?: string } => (name === undefined ? {} : { name })
