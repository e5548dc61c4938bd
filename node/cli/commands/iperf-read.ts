import { type Command, Option } from 'commander'
import type { TaskState } from '#core/model/iperf.ts'
import { type Context, clientOf, examples, show } from '../context.ts'
import { hinted } from '../iperf-hints.ts'
import type { ExerciseRow, ExerciseShape, TaskRow, TestReservationRow } from '../iperf-shapes.ts'
import { waits } from '../iperf-waits.ts'
import { numberArgument } from './iperf-options.ts'

const STATES: readonly TaskState[] = ['pending', 'accepted', 'running', 'succeeded', 'failed', 'timed_out', 'canceled']

interface TaskOptions {
  readonly exercise?: number
  readonly state?: string
}

/** `iperf ls`, `iperf show`, `iperf tasks`, `iperf reservations`. */
export function addIperfReads(iperf: Command, context: Context): void {
  const { io } = context
  iperf
    .command('ls')
    .description('list the exercises, the newest first')
    .addHelpText('after', examples('skein iperf ls', 'skein iperf ls --json'))
    .action(async (_options: unknown, command: Command) => {
      const value = await (await clientOf(command, io)).get<readonly ExerciseRow[]>('/v1/exercises')
      const text = async (rows: typeof value) =>
        (await import('../iperf-lists-text.ts')).exercisesText(rows, io.wallMs())
      await show(context, command, { value, text })
    })
  iperf
    .command('show')
    .description('show an exercise: how far it is, and what came of its tests')
    .argument('<exercise>', 'its number, see `skein iperf ls`', numberArgument)
    .addHelpText('after', examples('skein iperf show 7', 'skein iperf show 7 --json'))
    .action(async (id: number, _options: unknown, command: Command) => {
      const client = await clientOf(command, io)
      const value = await hinted('exercise', client.get<ExerciseShape>(`/v1/exercises/${id}`))
      const text = async (one: ExerciseShape) =>
        (await import('../iperf-matrix-text.ts')).exerciseText(one) + (await waits(client, one)).join('')
      await show(context, command, { value, text })
    })
  addTasks(iperf, context)
  iperf
    .command('reservations')
    .description('what tests hold at the moment: NICs, and ports of their servers')
    .addHelpText('after', examples('skein iperf reservations', 'skein iperf reservations --json'))
    .action(async (_options: unknown, command: Command) => {
      const value = await (await clientOf(command, io)).get<readonly TestReservationRow[]>('/v1/ports/reservations')
      const text = async (rows: typeof value) =>
        (await import('../iperf-lists-text.ts')).reservationsText(rows, io.wallMs())
      await show(context, command, { value, text })
    })
}

function addTasks(iperf: Command, context: Context): void {
  iperf
    .command('tasks')
    .description('list what each end of each test has to do, and how far it is')
    .option('--exercise <id>', 'only of this one', numberArgument)
    .addOption(new Option('--state <state>', 'only in this state').choices(STATES))
    .addHelpText('after', examples('skein iperf tasks --exercise 7', 'skein iperf tasks --state running --json'))
    .action(async ({ exercise, state }: TaskOptions, command: Command) => {
      const client = await clientOf(command, context.io)
      const query = new URLSearchParams({
        ...(exercise === undefined ? {} : { exercise: String(exercise) }),
        ...(state === undefined ? {} : { state }),
      })
      const value = await hinted('exercise', client.get<readonly TaskRow[]>(`/v1/tasks?${query}`))
      const text = async (rows: typeof value) => (await import('../iperf-lists-text.ts')).tasksText(rows)
      await show(context, command, { value, text })
    })
}
