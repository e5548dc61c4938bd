import type { Command } from 'commander'
import { type Context, clientOf, durationOption, examples, isJson } from '../context.ts'
import type { LabShape, SubmittedShape } from '../lab-shapes.ts'
import { type PreparedGood, prepareGood, send } from '../prepare.ts'
import { reason } from '../topology-file.ts'
import { type FinishOptions, finishUp } from '../up/finish.ts'
import { type TopologyOptions, withTopology } from './lab-check.ts'
import { withRevisionOptions } from './lab-history.ts'

interface UpOptions extends TopologyOptions, FinishOptions {
  readonly message?: string
  readonly revisionName?: string
  readonly strictMtu?: boolean
}

/** `lab up`: submits a topology and waits until the lab is up, failed, or the time limit passed. */
export function addLabUp(lab: Command, context: Context): void {
  withRevisionOptions(withTopology(lab.command('up').description('bring a lab up, or change a running one')))
    .addOption(durationOption('--timeout <duration>', 'how long to wait', '5m'))
    .option('--detach', 'do not wait')
    .option('--strict-mtu', 'refuse links that ask for larger packets than their way carries whole')
    .addHelpText(
      'after',
      examples(
        'skein lab up lab.clab.yml',
        'skein lab up . --timeout 10m -m "two more leaves"',
        'skein lab up lab.clab.yml --strict-mtu',
        'skein lab up - --detach --json < lab.clab.yml',
      ),
    )
    .action(async (file: string, options: UpOptions, command: Command) => {
      const client = await clientOf(command, context.io)
      const prepared = await prepareGood(file, { ...options, quiet: isJson(command) }, context.io)
      const submitted = await send<SubmittedShape>(client, '/v1/labs', withOrigin(prepared, options))
      const onUp = (view: LabShape) => leaveArtifacts(prepared, view, context)
      await finishUp(context, command, { client, submitted, options, onUp })
    })
}

/** What tools read about a lab, next to its file. A lab is up without it too. */
async function leaveArtifacts({ file, intent }: PreparedGood, view: LabShape, { io }: Context): Promise<void> {
  if (file.path === undefined) return
  const { writeArtifacts } = await import('../artifacts.ts')
  await writeArtifacts(file.folder, intent, view).catch((error: unknown) => {
    io.err(`note: nothing can be written next to ${file.shown}: ${reason(error)}\n`)
  })
}

const withOrigin = <P extends { readonly body: object }>(
  prepared: P,
  { message, revisionName, strictMtu }: UpOptions,
): P => ({
  ...prepared,
  body: {
    ...prepared.body,
    ...(message === undefined ? {} : { message }),
    ...(revisionName === undefined ? {} : { revisionName }),
    ...(strictMtu === undefined ? {} : { strictMtu }),
  },
})
