import type { Command } from 'commander'
import type { Client } from '../client.ts'
import { type Context, clientOf, examples, isJson, show } from '../context.ts'
import { badUsage, CommandFailed } from '../failures.ts'
import type { Quorum, Recovered } from '../shapes.ts'

interface RecoverOptions {
  readonly confirm?: string
  readonly force?: boolean
}

/** `quorum status`, `quorum recover`. */
export function addQuorumCommands(root: Command, context: Context): void {
  const quorum = root.command('quorum').description('the hosts that decide, and what to do when most of them are lost')
  quorum
    .command('status')
    .description('show who votes, who is missing, what works now and what to do next')
    .addHelpText('after', examples('skein quorum status', 'skein quorum status --json'))
    .action(async (_options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<Quorum>('/v1/quorum')
      await show(context, command, {
        value,
        text: async (view) => (await import('../quorum-text.ts')).quorumText(view),
      })
    })
  quorum
    .command('recover')
    .description('go on with this core host alone, when the majority of the voters is lost for good')
    .option('--confirm <host>', 'name of this host, for scripts; asked for otherwise')
    .option('--force', "also where another host's log goes further")
    .addHelpText('after', examples('skein quorum recover', 'skein quorum recover --confirm a --json'))
    .action((options: RecoverOptions, command: Command) => recover(context, command, options))
}

async function recover(context: Context, command: Command, options: RecoverOptions): Promise<void> {
  const client = await clientOf(command, context.io)
  const force = options.force === true
  const confirm = options.confirm ?? (await confirmed(context, client, { force, isJson: isJson(command) }))
  const value = await client.post<Recovered>('/v1/quorum/recover', { confirm, force })
  await show(context, command, { value, text: async (done) => (await import('../quorum-text.ts')).recoveredText(done) })
}

/** Warns, and lets the name be typed. Fails before that where the recovery would be refused anyway. */
async function confirmed(
  { io }: Context,
  client: Client,
  { force, isJson }: { readonly force: boolean; readonly isJson: boolean },
): Promise<string> {
  const view = await client.get<Quorum>('/v1/quorum')
  const { recovery, host } = view
  if (recovery !== null && !(force && recovery.force)) throw await refused(recovery)
  if (!io.canAsk || isJson)
    throw badUsage(
      'a recovery must be confirmed by a person, and nobody can be asked here',
      `Read what it does (\`skein quorum recover --help\`, ops/runbooks/quorum.md), then add --confirm ${host}.`,
    )
  const { recoveryWarning } = await import('../quorum-text.ts')
  io.err(recoveryWarning(view))
  const typed = (await io.ask(`Type the name of this host (${host}) to go on: `)).trim()
  if (typed !== host) throw badUsage('nothing was done: that is not the name of this host', `Type ${host} to go on.`)
  return typed
}

async function refused({ code, message }: NonNullable<Quorum['recovery']>): Promise<CommandFailed> {
  const { ERRORS } = await import('#core/model/errors.ts')
  const hint = Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS].hint : ''
  return new CommandFailed({ error: code, message, hint, details: {} }, 1)
}
