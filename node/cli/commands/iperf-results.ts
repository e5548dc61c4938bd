import type { Command } from 'commander'
import type { ResultRow } from '#core/iperf/rows.ts'
import { taskId } from '#core/model/iperf.ts'
import { type Context, clientOf, countArgument, examples, isJson, show } from '../context.ts'
import { badUsage } from '../failures.ts'
import { hinted } from '../iperf-hints.ts'
import type { MatrixShape, TaskRow } from '../iperf-shapes.ts'
import { numberArgument } from './iperf-options.ts'

interface ResultOptions {
  readonly csv?: true
  readonly source?: string
  readonly destination?: string
  readonly limit?: number
}

/** `iperf results`, `iperf matrix`, `iperf raw`. */
export function addIperfResults(iperf: Command, context: Context): void {
  addResults(iperf, context)
  iperf
    .command('matrix')
    .description('the newest rate of each pair, sources down, destinations across')
    .argument('[exercise]', 'only of this one; of all without', numberArgument)
    .addHelpText('after', examples('skein iperf matrix', 'skein iperf matrix 7 --json'))
    .action(async (id: number | undefined, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      const path = id === undefined ? '/v1/iperf/matrix' : `/v1/exercises/${id}/matrix`
      const value = await hinted('exercise', client.get<MatrixShape>(path))
      const text = async (matrix: MatrixShape) => (await import('../iperf-matrix-text.ts')).matrixText(matrix)
      await show(context, command, { value, text })
    })
  iperf
    .command('raw')
    .description('print what iperf3 said of each sample of a test, as JSON')
    .argument('<test>', 'its number, see `skein iperf show`', numberArgument)
    .addHelpText('after', examples('skein iperf raw 41', 'skein iperf raw 41 > test-41.json'))
    .action(async (test: number, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      const task = client.get<TaskRow>(`/v1/tasks/${taskId(test, 'client')}`)
      const { exercise } = await hinted('test', task, `there is no test ${test}`)
      const value = await hinted('test', client.get<unknown>(`/v1/exercises/${exercise}/tests/${test}/raw`))
      context.io.out((await import('../output.ts')).json(value))
    })
}

function addResults(iperf: Command, context: Context): void {
  iperf
    .command('results')
    .description('the numbers of an exercise, a line for each test; without one the newest of all')
    .argument('[exercise]', 'its number, see `skein iperf ls`', numberArgument)
    .option('--csv', 'as comma-separated values, RFC 4180')
    .option('--source <end>', 'of all exercises, only from this end')
    .option('--destination <end>', 'of all exercises, only to this end')
    .option('--limit <count>', 'of all exercises, at most so many (200)', countArgument)
    .addHelpText(
      'after',
      examples(
        'skein iperf results 7',
        'skein iperf results 7 --csv > mesh.csv',
        'skein iperf results --source a --destination b --json',
      ),
    )
    .action(async (id: number | undefined, options: ResultOptions, command: Command) => {
      if (options.csv === true && isJson(command)) throw badUsage('it is either CSV or JSON', 'Leave one out.')
      const client = await clientOf(command, context.io)
      const value = await hinted('exercise', client.get<readonly ResultRow[]>(pathOf(id, options)))
      if (options.csv === true) {
        const { toCsv } = await import('#core/iperf/csv.ts')
        return context.io.out(toCsv(value))
      }
      const text = async (rows: typeof value) => (await import('../iperf-results-text.ts')).resultsText(rows)
      await show(context, command, { value, text })
    })
}

function pathOf(id: number | undefined, { source, destination, limit }: ResultOptions): string {
  if (id !== undefined && (source ?? destination ?? limit) !== undefined)
    throw badUsage('--source, --destination and --limit look through all exercises', 'Leave out the number, or those.')
  const query = new URLSearchParams({
    ...(source === undefined ? {} : { source }),
    ...(destination === undefined ? {} : { destination }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
  })
  return id === undefined ? `/v1/iperf/results?${query}` : `/v1/exercises/${id}/results`
}
