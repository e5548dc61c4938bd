import type { Command } from 'commander'
import type { ExerciseAsk } from '#core/model/iperf.ts'
import { type Context, clientOf, examples, show } from '../context.ts'
import { badUsage } from '../failures.ts'
import type { EndsOptions, MeasureOptions } from '../iperf-ask.ts'
import { hinted } from '../iperf-hints.ts'
import type { ScheduleRow } from '../iperf-shapes.ts'
import { withEndsOptions, withMeasureOptions } from './iperf-options.ts'

/** `iperf schedules ls`, `iperf schedules set`, `iperf schedules rm`. */
export function addIperfSchedules(iperf: Command, context: Context): void {
  const schedules = iperf.command('schedules').description('exercises that begin by the clock')
  schedules
    .command('ls')
    .description('list them, and when they begin next')
    .addHelpText('after', examples('skein iperf schedules ls', 'skein iperf schedules ls --json'))
    .action(async (_options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<readonly ScheduleRow[]>('/v1/iperf/schedules')
      const text = async (rows: typeof value) =>
        (await import('../iperf-lists-text.ts')).schedulesText(rows, context.io.wallMs())
      await show(context, command, { value, text })
    })
  addSet(schedules, context)
  schedules
    .command('rm')
    .description('take a schedule away; its exercises stay')
    .argument('<name>', 'as `skein iperf schedules ls` shows it')
    .addHelpText('after', examples('skein iperf schedules rm nightly'))
    .action(async (name: string, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      await hinted('schedule', client.delete(`/v1/iperf/schedules/${encodeURIComponent(name)}`))
      await show(context, command, { value: { name, state: 'removed' }, text: () => `schedule ${name} removed\n` })
    })
}

function addSet(schedules: Command, context: Context): void {
  const set = schedules
    .command('set')
    .description('make a schedule, or change it: a mesh, or one pair where two ends are named')
    .argument('<name>', 'what it is called')
    .argument('<cron>', "as crontab(5), in UTC: '0 3 * * *'")
    .argument('[source]', 'of one pair: who sends')
    .argument('[destination]', 'of one pair: who receives')
  withMeasureOptions(withEndsOptions(set))
    .addHelpText(
      'after',
      examples(
        "skein iperf schedules set nightly '0 3 * * *'",
        "skein iperf schedules set uplink '*/30 * * * *' a b --time 5",
        "skein iperf schedules set links '15 * * * *' --lab frr01 --links --ping --background",
      ),
    )
    .action(async (name: string, cron: string, ...rest: SetArguments) => {
      const [source, destination, options, command] = rest
      const client = await clientOf(command, context.io)
      const [{ meshOf, paramsOf }, { scheduledText, setSchedule }] = await Promise.all([
        import('../iperf-ask.ts'),
        import('../iperf-run.ts'),
      ])
      const what = pairOf(source, destination, options) ?? (await meshOf(client, options))
      const value = await setSchedule(client, name, { cron, ask: { ...what, params: paramsOf(options) } })
      await show(context, command, { value, text: (row) => scheduledText(row, context.io.wallMs()) })
    })
}

type SetArguments = [
  source: string | undefined,
  destination: string | undefined,
  options: MeasureOptions & EndsOptions,
  command: Command,
]

/** Undefined where no end is named. Bad usage for one alone, and where a mesh is described as well. */
function pairOf(
  source: string | undefined,
  destination: string | undefined,
  { hosts, lab }: EndsOptions,
): ExerciseAsk | undefined {
  if (source === undefined) return undefined
  if (destination === undefined) throw badUsage('a pair has two ends', 'Name the destination too, or leave both out.')
  if (hosts !== undefined || lab !== undefined)
    throw badUsage('it is either one pair or a mesh', 'Leave out the two ends, or --hosts and --lab.')
  return { shape: 'pairs', pairs: [[source, destination]] }
}
