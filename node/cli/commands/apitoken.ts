import { type Command, Option } from 'commander'
import { API_TOKEN_NAME, ROLES } from '#core/model/access.ts'
import { type Context, clientOf, durationOption, examples, formArgument, show } from '../context.ts'
import { CommandFailed } from '../failures.ts'
import type { ApiTokenRow, NewApiToken } from '../shapes.ts'

interface CreateOptions {
  readonly role: string
  readonly ttl: number
}

/** `apitoken create`, `apitoken ls`, `apitoken revoke`: programs that may use the API. */
export function addApiTokenCommands(root: Command, context: Context): void {
  const token = root.command('apitoken').description('tokens with which programs use the API')
  token
    .command('create')
    .description('make one and print it; it is shown once')
    .argument('<name>', 'what it is for', formArgument(API_TOKEN_NAME, 'name of an API token'))
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .addOption(durationOption('--ttl <duration>', 'how long it works', '2160h'))
    .addHelpText(
      'after',
      examples(
        'skein apitoken create ci --role operator',
        'skein apitoken create prometheus --role metrics --ttl 8760h',
      ),
    )
    .action(async (name: string, { role, ttl }: CreateOptions, command: Command) => {
      const value = await (await clientOf(command, context.io)).post<NewApiToken>('/v1/api-tokens', {
        name,
        role,
        ttlMs: ttl,
      })
      await show(context, command, {
        value,
        text: async (made) => (await import('../access-text.ts')).apiTokenText(made),
      })
    })
  token
    .command('ls')
    .description('list them, without their secrets')
    .addHelpText('after', examples('skein apitoken ls', 'skein apitoken ls --json'))
    .action(async (_options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<readonly ApiTokenRow[]>('/v1/api-tokens')
      await show(context, command, {
        value,
        text: async (rows) => (await import('../access-text.ts')).apiTokensText(rows),
      })
    })
  token
    .command('revoke')
    .description('end one, on every host')
    .argument('<id>', 'as `skein apitoken ls` shows it')
    .addHelpText('after', examples('skein apitoken revoke 3f9c0a11b2c4'))
    .action(async (id: string, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      await client.delete(`/v1/api-tokens/${encodeURIComponent(id)}`).catch((error: unknown) => {
        throw unknownToken(error)
      })
      await show(context, command, { value: { id, state: 'revoked' }, text: () => `API token ${id} revoked\n` })
    })
}

function unknownToken(error: unknown): unknown {
  if (!(error instanceof CommandFailed) || error.failure.error !== 'NOT_FOUND') return error
  return new CommandFailed({ ...error.failure, hint: 'List them with `skein apitoken ls`.' }, error.exitCode)
}
