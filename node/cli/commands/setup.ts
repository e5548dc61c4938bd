import { isIP } from 'node:net'
import { type Command, InvalidArgumentError } from 'commander'
import { HOST_NAME } from '#core/model/ids.ts'
import type { BootstrapResult, JoinResult } from '../actions.ts'
import { type Context, examples, formArgument, hostOptions, show } from '../context.ts'
import { badUsage } from '../failures.ts'

interface IdentityOptions {
  readonly name: string
  readonly advertise?: string
  readonly secondaryAddress?: string
}

/** `bootstrap`, `join`, `run`: what is done on a host before an agent answers there. */
export function addSetupCommands(root: Command, context: Context): void {
  withIdentity(root.command('bootstrap').description('make a new mesh with this host as its first'))
    .addHelpText('after', examples('skein bootstrap --name a', 'skein bootstrap --name a --advertise 192.0.2.1 --json'))
    .action(async (options: IdentityOptions, command: Command) => {
      const value = await context.actions.bootstrap({ ...hostOptions(command), ...identity(options) })
      await show(context, command, { value, text: bootstrapText })
    })
  withIdentity(root.command('join').description('make this host part of a mesh'))
    .argument(
      '[token]',
      'from `skein token create`; - reads it from standard input; SKEIN_TOKEN is taken where it is absent',
    )
    .addHelpText(
      'after',
      examples(
        'skein join skein1.… --name b',
        'skein join - --name b < token.txt',
        'SKEIN_TOKEN=skein1.… skein join --name b',
      ),
    )
    .action(async (argument: string | undefined, options: IdentityOptions, command: Command) => {
      const token = await readToken(argument, context)
      const value = await context.actions.join({ ...hostOptions(command), ...identity(options), token })
      await show(context, command, { value, text: joinText })
    })
  root
    .command('run')
    .description('run the agent in the foreground, until SIGTERM or Ctrl-C')
    .addHelpText('after', examples('skein run', 'skein run --config /etc/skein/config.yaml'))
    .action((_options: unknown, command: Command) => context.actions.run(hostOptions(command)))
}

const withIdentity = (command: Command): Command =>
  command
    .requiredOption('--name <name>', 'what this host is called in the mesh', formArgument(HOST_NAME, 'host name'))
    .option('--advertise <ip>', 'IP address other hosts reach this one at', addressArgument)
    .option('--secondary-address <ip>', 'the same on a second network, used when the first fails', addressArgument)

function addressArgument(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('Write an IPv4 or IPv6 address.')
  return text
}

const identity = ({ name, advertise, secondaryAddress }: IdentityOptions): IdentityOptions => ({
  name,
  ...(advertise === undefined ? {} : { advertise }),
  ...(secondaryAddress === undefined ? {} : { secondaryAddress }),
})

async function readToken(argument: string | undefined, { io }: Context): Promise<string> {
  const given =
    argument === '-' ? new TextDecoder().decode(await io.readStdin()) : (argument ?? io.env.SKEIN_TOKEN ?? '')
  const token = given.trim()
  if (token === '')
    throw badUsage('there is no token', 'Write it after join, give - and pipe it in, or set SKEIN_TOKEN.')
  return token
}

const bootstrapText = ({ id, name, adminCode, url, fingerprint, token }: BootstrapResult): string =>
  [
    `host ${name} is the first of a new mesh`,
    `id ${id}`,
    ...(adminCode === undefined ? [] : [`admin code ${adminCode} (shown once: keep it)`]),
    '',
    'Next: skein run',
    ...(url === undefined ? [] : [`Then open ${url} and make the first admin with the code.`]),
    ...(fingerprint === undefined ? [] : [`Its certificate has the SHA-256 ${fingerprint}`]),
    ...(token === undefined ? [] : [`On the next host: skein join ${token} --name NAME`]),
    'A token for each further host: skein token create',
    '',
  ].join('\n')

const joinText = ({ id, name, overlayAddress }: JoinResult): string =>
  `host ${name} joined the mesh\nid ${id}\noverlay address ${overlayAddress}\n\nNext: skein run\n`
