import type { Command } from 'commander'
import type { Client } from '../client.ts'
import { type Context, clientOf, durationOption, examples, isJson, show } from '../context.ts'
import { CommandFailed } from '../failures.ts'
import { poll } from '../poll.ts'
import { prepareGood, send } from '../prepare.ts'
import type { LabShape, Leader } from '../shapes.ts'
import { createProgress } from '../up/progress.ts'
import { judge, startWatch } from '../up/watch.ts'
import { type TopologyOptions, withTopology } from './lab-check.ts'

interface UpOptions extends TopologyOptions {
  readonly timeout: number
  readonly detach?: boolean
}

interface Submitted {
  readonly lab: string
  readonly generation: number
}

/** `lab up`: submits a topology and waits until the lab is up, failed, or the time limit passed. */
export function addLabUp(lab: Command, context: Context): void {
  withTopology(lab.command('up').description('bring a lab up, or change a running one'))
    .addOption(durationOption('--timeout <duration>', 'how long to wait', '5m'))
    .option('--detach', 'do not wait')
    .addHelpText(
      'after',
      examples(
        'skein lab up lab.clab.yml',
        'skein lab up . --timeout 10m',
        'skein lab up - --detach --json < lab.clab.yml',
      ),
    )
    .action(async (file: string, options: UpOptions, command: Command) => {
      const client = await clientOf(command, context.io)
      const prepared = await prepareGood(file, { ...options, quiet: isJson(command) }, context.io)
      const submitted = await send<Submitted>(client, '/v1/labs', prepared)
      if (options.detach === true) {
        const text = () =>
          `lab ${submitted.lab} submitted, generation ${submitted.generation}; look with: skein lab show ${submitted.lab}\n`
        return show(context, command, { value: submitted, text })
      }
      const { timeout: timeoutMs } = options
      const waiting = { ...submitted, client, timeoutMs, isJson: isJson(command) }
      const value = await waitUp(context, waiting).catch(async (error: unknown) => {
        throw await withMissing(error, client)
      })
      await show(context, command, { value, text: async (view) => (await import('../text.ts')).labText(view) })
    })
}

interface Waiting extends Submitted {
  readonly client: Client
  readonly timeoutMs: number
  readonly isJson: boolean
}

async function waitUp({ io }: Context, { client, lab, generation, timeoutMs, isJson }: Waiting): Promise<LabShape> {
  const progress = createProgress(io, isJson)
  let watch = startWatch(io.nowMs())
  let last: LabShape | undefined
  const interrupted = `Lab ${lab} goes on converging. Look with \`skein lab show ${lab}\`, end it with \`skein lab down ${lab}\`.`
  try {
    await poll({
      io,
      client,
      lab,
      interrupted,
      look(seen, nowMs) {
        if (seen.type === 'gone') return takenDown(lab)
        if (seen.type === 'absent') return undefined
        last = seen.view
        const judged = judge(watch, { view: last, nowMs, generation, timeoutMs })
        watch = judged.watch
        if (last.generation >= generation) progress.show(last)
        if (judged.verdict.type === 'failed') return new CommandFailed(judged.verdict.failure, 1)
        return judged.verdict.type === 'up' ? 'done' : undefined
      },
    })
  } finally {
    progress.end()
  }
  if (last === undefined) throw takenDown(lab)
  return last
}

/** A lab without a majority should say who is missing; where it does not, the agent knows. */
async function withMissing(error: unknown, client: Client): Promise<unknown> {
  if (!(error instanceof CommandFailed) || error.failure.error !== 'NO_QUORUM') return error
  const { failure, exitCode } = error
  if (failure.details.missing !== undefined) return error
  const missing = await client.get<Leader>('/v1/leader').then(
    (leader) => leader.missing,
    () => [],
  )
  return new CommandFailed({ ...failure, details: { ...failure.details, missing } }, exitCode)
}

const takenDown = (lab: string): CommandFailed =>
  new CommandFailed(
    {
      error: 'NOT_FOUND',
      message: `lab ${lab} was taken down meanwhile`,
      hint: 'Bring it up again, if that was not meant.',
      details: {},
    },
    1,
  )
