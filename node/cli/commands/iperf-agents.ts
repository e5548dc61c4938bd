import type { Command } from 'commander'
import type { Client } from '../client.ts'
import { type Context, clientOf, examples, show } from '../context.ts'
import { CommandFailed } from '../failures.ts'
import { hinted } from '../iperf-hints.ts'
import type { AttachedRow } from '../iperf-shapes.ts'

/** `iperf agents ls`, `iperf agents add`, `iperf agents rm`: machines that cannot run an agent of Skein and ask for their tests. */
export function addIperfAgents(iperf: Command, context: Context): void {
  const agents = iperf
    .command('agents')
    .description('machines beside the mesh that are measured: they ask any host for their tasks')
  agents
    .command('ls')
    .description('list them, and whether they are there')
    .addHelpText('after', examples('skein iperf agents ls', 'skein iperf agents ls --json'))
    .action(async (_options: unknown, command: Command) => {
      const value = await list(await clientOf(command, context.io))
      const text = async (rows: typeof value) =>
        (await import('../iperf-lists-text.ts')).agentsText(rows, context.io.wallMs())
      await show(context, command, { value, text })
    })
  addAdd(agents, context)
  agents
    .command('rm')
    .description('take a machine out; its key is worth nothing from then on')
    .argument('<name>', 'its name or number, as `skein iperf agents ls` shows it')
    .addHelpText('after', examples('skein iperf agents rm printer'))
    .action(async (name: string, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      const { id } = await find(client, name)
      await hinted('agent', client.delete(`/v1/agents/${id}`))
      await show(context, command, { value: { id, name, state: 'removed' }, text: () => `machine ${name} removed\n` })
    })
}

function addAdd(agents: Command, context: Context): void {
  agents
    .command('add')
    .description('let a machine attach; prints its key, which is told this once')
    .argument('<name>', 'what it calls itself (X-AGENT-NAME)')
    .option('--key <key>', 'others on this host can read it while the command runs; - reads it from standard input')
    .addHelpText(
      'after',
      examples(
        'skein iperf agents add printer',
        'skein iperf agents add printer --key - < key.txt',
        'skein iperf run a printer',
      ),
    )
    .action(async (name: string, { key: given }: { readonly key?: string }, command: Command) => {
      const key = given === '-' ? new TextDecoder().decode(await context.io.readStdin()).replace(/\r?\n$/, '') : given
      const client = await clientOf(command, context.io)
      const body = { name, ...(key === undefined ? {} : { key }) }
      const value = await client.post<AttachedRow & { readonly key: string }>('/v1/agents', body)
      const text = (made: typeof value): string =>
        `${made.key}\n\nThe key of machine ${made.name} (number ${made.id}): it sends it to any host as X-AGENT-KEY.\n`
      await show(context, command, { value, text })
    })
}

const list = (client: Client): Promise<readonly AttachedRow[]> => client.get<readonly AttachedRow[]>('/v1/agents')

async function find(client: Client, name: string): Promise<AttachedRow> {
  const all = await list(client)
  const found = all.find((row) => row.name === name) ?? all.find(({ id }) => String(id) === name)
  if (found !== undefined) return found
  const message = `there is no attached machine ${name}`
  throw new CommandFailed(
    { error: 'NOT_FOUND', message, hint: 'List the machines with `skein iperf agents ls`.', details: {} },
    1,
  )
}
