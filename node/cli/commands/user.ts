import { type Command, Option } from 'commander'
import { ROLES, USER_NAME } from '#core/model/access.ts'
import { type Context, clientOf, examples, formArgument, show } from '../context.ts'
import { badUsage, CommandFailed } from '../failures.ts'
import type { UserRow } from '../shapes.ts'

interface SetOptions {
  readonly role: string
  readonly password?: string
  readonly keepPassword?: true
}

const name = formArgument(USER_NAME, 'user name')

/** `user set`, `user ls`, `user remove`: people who may use the API and the UI. */
export function addUserCommands(root: Command, context: Context): void {
  const user = root.command('user').description('people who may use the API and the UI, of the whole mesh')
  addSet(user, context)
  user
    .command('ls')
    .description('list them')
    .addHelpText('after', examples('skein user ls', 'skein user ls --json'))
    .action(async (_options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<readonly UserRow[]>('/v1/users')
      await show(context, command, { value, text: async (rows) => (await import('../access-text.ts')).usersText(rows) })
    })
  user
    .command('remove')
    .description('take somebody out; all their sessions end')
    .argument('<name>', 'as `skein user ls` shows it', name)
    .addHelpText('after', examples('skein user remove ann'))
    .action(async (who: string, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      await client.delete(`/v1/users/${encodeURIComponent(who)}`).catch((error: unknown) => {
        throw unknownUser(error)
      })
      await show(context, command, { value: { name: who, state: 'removed' }, text: () => `user ${who} removed\n` })
    })
}

function addSet(user: Command, context: Context): void {
  user
    .command('set')
    .description('make somebody a user, or give a user another role or password')
    .argument('<name>', 'what they log in with', name)
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).makeOptionMandatory())
    .option(
      '--password <password>',
      'others on this host can read it while the command runs; - reads it from standard input',
    )
    .option('--keep-password', 'leave the password of a user as it is')
    .addHelpText(
      'after',
      examples(
        'skein user set ann --role admin',
        'skein user set bob --role viewer --password - < password.txt',
        'skein user set bob --role operator --keep-password',
      ),
    )
    .action(async (who: string, options: SetOptions, command: Command) => {
      const password = options.keepPassword === true ? undefined : await readPassword(who, options.password, context)
      const body = { role: options.role, ...(password === undefined ? {} : { password }) }
      const client = await clientOf(command, context.io)
      const value = await client.put<UserRow>(`/v1/users/${encodeURIComponent(who)}`, body)
      await show(context, command, { value, text: ({ role }) => `user ${who} is ${role}\n` })
    })
}

/** As it is given, asked for, or from standard input. */
async function readPassword(who: string, given: string | undefined, { io }: Context): Promise<string> {
  if (given !== undefined && given !== '-') return given
  if (given === undefined && io.canAsk) {
    const first = await io.askSecret(`password of ${who}: `)
    if (first === (await io.askSecret('once more: '))) return first
    throw badUsage('the two passwords differ', 'Try again.')
  }
  const read = new TextDecoder().decode(await io.readStdin()).replace(/\r?\n$/, '')
  if (read === '') throw badUsage('there is no password', 'Type it when asked, or give --password - and pipe it in.')
  return read
}

/** Of who is not there, the list that shows who is. */
function unknownUser(error: unknown): unknown {
  if (!(error instanceof CommandFailed) || error.failure.error !== 'NOT_FOUND') return error
  return new CommandFailed({ ...error.failure, hint: 'List the users with `skein user ls`.' }, error.exitCode)
}
