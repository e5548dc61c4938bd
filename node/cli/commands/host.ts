import type { Command } from 'commander'
import { HOST_NAME } from '#core/model/ids.ts'
import { type Context, clientOf, durationOption, examples, formArgument, isJson, show } from '../context.ts'
import { type Draining, waitEmpty } from '../drain.ts'
import type { Host, HostState } from '../shapes.ts'
import { addPathCommands } from './host-paths.ts'

interface DrainOptions {
  readonly timeout: number
  /** False with `--no-wait`. */
  readonly wait: boolean
}

/** `host ls`, `host show`, `host drain`, `host undrain`, `host remove`. */
export function addHostCommands(root: Command, context: Context): void {
  const host = root.command('host').description('the hosts of the mesh')
  host
    .command('ls')
    .description('list the hosts, as the agent sees them')
    .addHelpText(
      'after',
      examples('skein host ls', 'skein host ls --json', 'skein host ls --api http://192.0.2.7:8010'),
    )
    .action(async (_options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<readonly Host[]>('/v1/hosts')
      await show(context, command, { value, text: async (hosts) => (await import('../text.ts')).hostsText(hosts) })
    })
  addShow(host, context)
  addPathCommands(host, context)
  addDrain(host, context)
  addUndrain(host, context)
  addRemove(host, context)
}

const withName = (command: Command): Command =>
  command.argument('<name>', 'as `skein host ls` shows it', formArgument(HOST_NAME, 'host name'))

function addShow(host: Command, context: Context): void {
  withName(host.command('show'))
    .description('what one host has for lab nodes, what of it is promised, and which nodes are on it')
    .addHelpText('after', examples('skein host show h2', 'skein host show h2 --json'))
    .action(async (name: string, _options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<HostState>(`/v1/hosts/${name}`)
      await show(context, command, { value, text: async (one) => (await import('../host-text.ts')).hostText(one) })
    })
}

function addDrain(host: Command, context: Context): void {
  withName(host.command('drain'))
    .description('move lab nodes, leadership and vote to other hosts and place nothing new; its agent runs on')
    .addOption(durationOption('--timeout <duration>', 'how long to wait', '5m'))
    .option('--no-wait', 'return when it is decided, not when the host is empty')
    .addHelpText('after', examples('skein host drain h2', 'skein host drain h2 --no-wait --json'))
    .action(async (name: string, { timeout, wait }: DrainOptions, command: Command) => {
      const client = await clientOf(command, context.io)
      const first = await client.post<HostState>(`/v1/hosts/${name}/drain`, {})
      const draining: Draining = { client, name, timeoutMs: timeout, isJson: isJson(command) }
      const value = wait ? await waitEmpty(context.io, draining) : first
      const text = (): string => (wait ? `host ${name} is drained and empty\n` : `host ${name} is being drained\n`)
      await show(context, command, { value, text })
    })
}

function addUndrain(host: Command, context: Context): void {
  withName(host.command('undrain'))
    .description('use a drained host again; what moved away stays where it is')
    .addHelpText('after', examples('skein host undrain h2'))
    .action(async (name: string, _options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).post<HostState>(`/v1/hosts/${name}/undrain`, {})
      await show(context, command, { value, text: () => `host ${name} is in use again\n` })
    })
}

function addRemove(host: Command, context: Context): void {
  withName(host.command('remove'))
    .description('remove a host from the mesh for good; its key never comes back')
    .option('--force', 'though lab nodes are on it: they are lost')
    .addHelpText(
      'after',
      examples('skein host drain h2 && skein host remove h2', 'skein host remove h2 --force   # it is gone for good'),
    )
    .action(async (name: string, { force }: { force?: true }, command: Command) => {
      const query = force === true ? '?force=true' : ''
      const value = await (await clientOf(command, context.io)).delete<{ name: string; id: string }>(
        `/v1/hosts/${name}${query}`,
      )
      const text = (): string =>
        `host ${name} is removed\nTo use the machine again: stop its agent, empty its data folder, join with a new token.\n`
      await show(context, command, { value, text })
    })
}
