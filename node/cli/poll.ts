import type { Client } from './client.ts'
import { CommandFailed } from './failures.ts'
import type { CliIo } from './io.ts'
import type { LabShape } from './lab-shapes.ts'

/** Between two looks at a lab. */
export const POLL_MS = 300
/** An agent that is started again answers within this. */
const ABSENCE_MS = 10_000

/** What a look at a lab gave: its view, that there is none of that name, or that the agent does not answer at the moment. */
export type Seen =
  | { readonly type: 'lab'; readonly view: LabShape }
  | { readonly type: 'gone' }
  | { readonly type: 'absent' }

export interface PollDeps {
  readonly io: CliIo
  readonly client: Client
  readonly lab: string
  /** What to do with one look; anything but undefined ends the polling. */
  look(seen: Seen, nowMs: number): CommandFailed | 'done' | undefined
  /** What to tell on Ctrl-C; without, that is how it ends well. */
  readonly interrupted?: string
  /** Between two looks, asked after each; {@link POLL_MS} unless told. */
  readonly everyMs?: () => number
  /** How long the agent may stay away; {@link ABSENCE_MS} unless told. */
  readonly absenceMs?: number
}

/** Looks at a lab until `look` says done. Rejects with what it gives, 130 on Ctrl-C, 3 when the agent stays away. */
export async function poll({ io, client, lab, look, ...how }: PollDeps): Promise<void> {
  const { interrupted, everyMs = () => POLL_MS, absenceMs = ABSENCE_MS } = how
  const { signal, release } = io.catchInterrupt()
  let absentSinceMs: number | undefined
  try {
    while (!signal.aborted) {
      const seen = await see(client, lab, signal)
      const nowMs = io.nowMs()
      absentSinceMs = seen instanceof CommandFailed ? (absentSinceMs ?? nowMs) : undefined
      if (seen instanceof CommandFailed && nowMs - (absentSinceMs ?? nowMs) >= absenceMs) throw seen
      const result = look(seen instanceof CommandFailed ? { type: 'absent' } : seen, nowMs)
      if (result === 'done') return
      if (result !== undefined) throw result
      await io.sleep(everyMs(), signal)
    }
  } catch (error) {
    if (!signal.aborted || error instanceof CommandFailed) throw error
  } finally {
    release()
  }
  if (interrupted === undefined) return
  throw new CommandFailed({ error: 'INTERRUPTED', message: 'interrupted', hint: interrupted, details: {} }, 130)
}

async function see(client: Client, lab: string, signal: AbortSignal): Promise<Seen | CommandFailed> {
  try {
    return { type: 'lab', view: await client.get<LabShape>(`/v1/labs/${lab}`, { signal }) }
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    if (error.failure.error === 'NOT_FOUND') return { type: 'gone' }
    if (error.exitCode === 3) return error
    throw error
  }
}
