import type { Command } from 'commander'
import { LAB_NAME } from '#core/model/ids.ts'
import type { Client } from '../client.ts'
import { type Context, clientOf, durationOption, examples, isJson, show } from '../context.ts'
import { ageText } from '../duration.ts'
import { CommandFailed } from '../failures.ts'
import type { LabShape } from '../lab-shapes.ts'
import { poll, type Seen } from '../poll.ts'
import { prepareGood } from '../prepare.ts'
import { createProgress } from '../up/progress.ts'
import { QUORUM_GRACE_MS } from '../up/watch.ts'

/** `lab down`: takes a lab down and waits until nothing of it is left. */
export function addLabDown(lab: Command, context: Context): void {
  lab
    .command('down')
    .description('take a lab down; nothing of it is left behind')
    .argument('<lab>', 'name of the lab, or the topology file it came from')
    .addOption(durationOption('--timeout <duration>', 'how long to wait', '2m'))
    .option('--cleanup', 'also remove what `lab up` left next to the topology file: clab-LAB')
    .addHelpText('after', examples('skein lab down frr01', 'skein lab down ./lab.clab.yml --cleanup'))
    .action(async (argument: string, { timeout, cleanup }: DownOptions, command: Command) => {
      // Lab names may hold dots, and yet `lab.clab.yml` is a file.
      const { name, folder } =
        LAB_NAME.test(argument) && !/\.ya?ml$/.test(argument)
          ? { name: argument, folder: context.io.cwd }
          : await labOf(argument, context)
      const client = await clientOf(command, context.io)
      await client.delete(`/v1/labs/${name}`)
      await waitDown(context, { client, name, timeoutMs: timeout, isJson: isJson(command) })
      const cleaned = cleanup === true ? await (await import('../artifacts.ts')).removeArtifacts(folder, name) : false
      const value = { name, state: 'down', ...(cleanup === true ? { cleaned } : {}) }
      const text = () => `lab ${name} is down\n${cleaned ? `clab-${name} was removed\n` : ''}`
      await show(context, command, { value, text })
    })
}

interface DownOptions {
  readonly timeout: number
  readonly cleanup?: boolean
}

async function labOf(argument: string, { io }: Context): Promise<{ readonly name: string; readonly folder: string }> {
  const { intent, file } = await prepareGood(argument, { lenient: true, quiet: true }, io)
  return { name: intent.name, folder: file.folder }
}

interface Waiting {
  readonly client: Client
  readonly name: string
  readonly timeoutMs: number
  readonly isJson: boolean
}

async function waitDown({ io }: Context, { client, name, timeoutMs, isJson }: Waiting): Promise<void> {
  const progress = createProgress(io, isJson)
  const startedMs = io.nowMs()
  let waitingSinceMs: number | undefined
  let last: LabShape | undefined
  const look = (seen: Seen, nowMs: number) => {
    if (seen.type === 'gone' || (seen.type === 'lab' && isDown(seen.view))) return 'done'
    if (seen.type === 'lab') {
      progress.show(seen.view)
      waitingSinceMs = seen.view.waiting === undefined ? undefined : (waitingSinceMs ?? nowMs)
      if (waitingSinceMs !== undefined && nowMs - waitingSinceMs >= QUORUM_GRACE_MS) return waits(name, seen)
    }
    if (seen.type === 'lab') last = seen.view
    return nowMs - startedMs >= timeoutMs ? late(name, timeoutMs, last?.notes ?? []) : undefined
  }
  const interrupted = `Lab ${name} goes on going down. Look with \`skein lab show ${name}\`.`
  try {
    await poll({ io, client, lab: name, interrupted, look })
  } finally {
    progress.end()
  }
}

/** Notes of a lab that is down name the hosts that still have something of it. */
const isDown = ({ state, notes }: LabShape): boolean => state === 'down' && notes.length === 0

function waits(name: string, { view: { waiting } }: Extract<Seen, { type: 'lab' }>): CommandFailed {
  const message = `${waiting?.message ?? 'it waits'}; lab ${name} goes down by itself once that is over`
  const details = waiting?.details ?? {}
  const hint = `Look with \`skein lab show ${name}\` and \`skein leader\`.`
  return new CommandFailed({ error: waiting?.code ?? 'TIMEOUT', message, hint, details }, 1)
}

const late = (name: string, timeoutMs: number, faults: readonly string[]): CommandFailed =>
  new CommandFailed(
    {
      error: 'TIMEOUT',
      message: `lab ${name} is not down after ${ageText(timeoutMs)}`,
      hint: `It goes on in the background; look with \`skein lab show ${name}\`.`,
      details: { faults },
    },
    1,
  )
