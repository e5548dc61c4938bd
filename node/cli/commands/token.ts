import { type Command, Option } from 'commander'
import { HOST_NAME } from '#core/model/ids.ts'
import { type Context, clientOf, countArgument, durationOption, examples, formArgument, show } from '../context.ts'
import { CommandFailed } from '../failures.ts'
import type { Token, TokenRow } from '../shapes.ts'

interface CreateOptions {
  readonly role: string
  readonly ttl: number
  readonly uses: number
  readonly name?: string
}

/** `token create`, `token ls`, `token revoke`. */
export function addTokenCommands(root: Command, context: Context): void {
  const token = root.command('token').description('tokens that let other hosts join')
  addCreate(token, context)
  token
    .command('ls')
    .description('list tokens, without their secrets')
    .addHelpText('after', examples('skein token ls', 'skein token ls --json'))
    .action(async (_options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<readonly TokenRow[]>('/v1/tokens')
      await show(context, command, { value, text: async (rows) => (await import('../text.ts')).tokensText(rows) })
    })
  token
    .command('revoke')
    .description('end a token; hosts that joined with it stay')
    .argument('<id>', 'as `skein token ls` shows it')
    .addHelpText('after', examples('skein token revoke 3f9c0a'))
    .action(async (id: string, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      await client.delete(`/v1/tokens/${encodeURIComponent(id)}`).catch((error: unknown) => {
        throw unknownToken(error)
      })
      await show(context, command, { value: { id, state: 'revoked' }, text: () => `token ${id} revoked\n` })
    })
}

function addCreate(token: Command, context: Context): void {
  token
    .command('create')
    .description('make a token and print it; it is shown once')
    .addOption(
      new Option('--role <role>', 'what the joining host becomes')
        .choices(['core', 'worker', 'gateway'])
        .default('core'),
    )
    .addOption(durationOption('--ttl <duration>', 'how long it can be used', '1h'))
    .option('--uses <count>', 'how many hosts may join with it', countArgument, 1)
    .option('--name <host>', 'only a host of this name may join with it', formArgument(HOST_NAME, 'host name'))
    .addHelpText(
      'after',
      examples(
        'skein token create',
        'skein token create --role worker --ttl 10m --uses 5',
        'skein token create --json',
      ),
    )
    .action(async ({ role, ttl, uses, name }: CreateOptions, command: Command) => {
      const body = { role, ttlMs: ttl, uses, ...(name === undefined ? {} : { name }) }
      const value = await (await clientOf(command, context.io)).post<Token>('/v1/tokens', body)
      await show(context, command, { value, text: tokenText })
    })
}

/** The token has a line of its own, so that it can be copied or cut. */
const tokenText = ({ token, id, role, expiresAt, replaces }: Token): string =>
  `${token}\n\nid ${id}, role ${role}, until ${expiresAt}\n${placeText(replaces)}On the other host: skein join TOKEN --name ${replaces ?? 'NAME'}\n`

const placeText = (replaces: string | undefined): string =>
  replaces === undefined
    ? ''
    : `Host ${replaces} is down. Who joins with this token takes its place, with its name, numbers and lab nodes; the old key never returns.\n`

/** Of what is not there, the list that shows what is. */
function unknownToken(error: unknown): unknown {
  if (!(error instanceof CommandFailed) || error.failure.error !== 'NOT_FOUND') return error
  return new CommandFailed({ ...error.failure, hint: 'List the tokens with `skein token ls`.' }, error.exitCode)
}
