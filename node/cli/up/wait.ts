import type { Client } from '../client.ts'
import type { Context } from '../context.ts'
import { CommandFailed } from '../failures.ts'
import type { LabShape } from '../lab-shapes.ts'
import { POLL_MS, poll } from '../poll.ts'
import { createProgress } from './progress.ts'
import { judge, startWatch } from './watch.ts'

/** Links of nodes that run are made in a moment. */
const NEAR_MS = 150

const isNear = ({ nodes }: LabShape): boolean => nodes.every(({ state }) => state === 'running')

/** Which lab is waited for; of an older generation nothing is believed. */
export interface Waiting {
  readonly lab: string
  readonly generation: number
  readonly client: Client
  readonly timeoutMs: number
  readonly isJson: boolean
}

/** Waits until a lab is up, showing how it goes on; the view of then. Rejects as `judge` says, and where it was taken down. */
export async function waitUp(
  { io }: Context,
  { client, lab, generation, timeoutMs, isJson }: Waiting,
): Promise<LabShape> {
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
      everyMs: () => (last !== undefined && isNear(last) ? NEAR_MS : POLL_MS),
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
