import type { Command } from 'commander'
import { type Context, clientOf, examples, show } from '../context.ts'
import { hinted } from '../iperf-hints.ts'
import type { ExerciseShape, TaskRow } from '../iperf-shapes.ts'
import { numberArgument } from './iperf-options.ts'

/** `iperf start`, `iperf stop`, `iperf rm`, `iperf cancel`. */
export function addIperfChanges(iperf: Command, context: Context): void {
  addVerb(iperf, context, { verb: 'start', description: 'begin an exercise that was made and not started' })
  addVerb(iperf, context, { verb: 'stop', description: 'end an exercise now; what was measured is kept' })
  withExercise(iperf.command('rm'))
    .description('forget an exercise that has ended, and what came of it')
    .addHelpText('after', examples('skein iperf rm 7'))
    .action(async (id: number, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      await hinted('exercise', client.delete(`/v1/exercises/${id}`))
      await show(context, command, { value: { id, state: 'removed' }, text: () => `exercise ${id} removed\n` })
    })
  iperf
    .command('cancel')
    .description('end one test: both its tasks')
    .argument('<task>', 'number of one of them, see `skein iperf tasks`', numberArgument)
    .addHelpText('after', examples('skein iperf cancel 83'))
    .action(async (id: number, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      const value = await hinted('task', client.post<TaskRow>(`/v1/tasks/${id}/cancel`, {}))
      await show(context, command, { value, text: ({ test }) => `test ${test} is canceled\n` })
    })
}

const withExercise = (command: Command): Command =>
  command.argument('<exercise>', 'its number, see `skein iperf ls`', numberArgument)

interface Verb {
  readonly verb: 'start' | 'stop'
  readonly description: string
}

function addVerb(iperf: Command, context: Context, { verb, description }: Verb): void {
  withExercise(iperf.command(verb))
    .description(description)
    .addHelpText('after', examples(`skein iperf ${verb} 7`, `skein iperf ${verb} 7 --json`))
    .action(async (id: number, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      const value = await hinted('exercise', client.post<ExerciseShape>(`/v1/exercises/${id}/${verb}`, {}))
      const text = ({ state }: ExerciseShape): string =>
        `exercise ${id} ${state === 'ended' ? 'has ended' : `is ${state}`}; see \`skein iperf show ${id}\`\n`
      await show(context, command, { value, text })
    })
}
