import { CommandFailed } from './failures.ts'

const HINTS = {
  exercise: 'List the exercises with `skein iperf ls`.',
  task: 'List the tasks with `skein iperf tasks`.',
  test: 'The numbers of tests are in `skein iperf show ID`.',
  schedule: 'List the schedules with `skein iperf schedules ls`.',
  agent: 'List the machines with `skein iperf agents ls`.',
} as const

/** The answer; of what is not there, the list that shows what is. `message`: where it was asked for by another number. */
export async function hinted<T>(what: keyof typeof HINTS, answer: Promise<T>, message?: string): Promise<T> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.failure.error !== 'NOT_FOUND') throw error
    const { failure } = error
    throw new CommandFailed({ ...failure, message: message ?? failure.message, hint: HINTS[what] }, error.exitCode)
  }
}
