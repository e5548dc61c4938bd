import type { Command } from 'commander'
import type { Client } from '../client.ts'
import { type Context, isJson, show } from '../context.ts'
import { CommandFailed } from '../failures.ts'
import type { LabShape, SubmittedShape } from '../lab-shapes.ts'
import { plain } from '../output.ts'
import { changesText } from '../plan-text.ts'
import type { Leader } from '../shapes.ts'
import { waitUp } from './wait.ts'

/** Options of every command that submits a lab. */
export interface FinishOptions {
  readonly timeout: number
  readonly detach?: boolean
}

export interface Finishing {
  readonly client: Client
  readonly submitted: SubmittedShape
  readonly options: FinishOptions
  /** Done with a lab that is up, before it is shown. */
  onUp?(view: LabShape): Promise<void>
}

/** After a lab was submitted: says what changes, waits until it is up unless told not to, and shows it. */
export async function finishUp(context: Context, command: Command, finishing: Finishing) {
  const { client, submitted, options } = finishing
  const { lab, generation, changes, notes = [] } = submitted
  const counts = changes === null ? '' : `: ${changesText(changes)}`
  if (!isJson(command)) for (const note of notes) context.io.err(`note: ${plain(note)}\n`)
  if (options.detach === true) {
    const text = () => `lab ${lab} submitted, generation ${generation}${counts}; look with: skein lab show ${lab}\n`
    return show(context, command, { value: submitted, text })
  }
  if (!isJson(command) && changes !== null) context.io.err(`lab ${plain(lab)}, generation ${generation}${counts}\n`)
  const waiting = { lab, generation, client, timeoutMs: options.timeout, isJson: isJson(command) }
  const view = await waitUp(context, waiting).catch(async (error: unknown) => {
    throw await withMissing(error, client)
  })
  await finishing.onUp?.(view)
  const value = { ...view, changes }
  await show(context, command, {
    value,
    text: async () =>
      `${(await import('../text.ts')).labText(view)}${changes === null ? '' : `\n${changesText(changes, 'done')}\n`}`,
  })
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
