import { Argument, type Command } from 'commander'
import { HOST_NAME, OWNER_NAME } from '#core/model/ids.ts'
import { type Context, clientOf, countArgument, durationOption, examples, formArgument, show } from '../context.ts'
import type { Allocation, Reservation } from '../shapes.ts'

interface ReserveOptions {
  readonly owner: string
  readonly host?: string
  readonly count: number
  readonly for?: number
}

/** `allocation ls`, `allocation reserve`, `allocation free`. */
export function addAllocationCommands(root: Command, context: Context): void {
  const allocation = root.command('allocation').description('numbers the leader handed out')
  addList(allocation, context)
  addReserve(allocation, context)
  addFree(allocation, context)
}

function addList(allocation: Command, context: Context): void {
  allocation
    .command('ls')
    .description('list VNIs, VLAN tags, ports and addresses that are in use')
    .option('--pool <pool>', 'only this pool')
    .addHelpText('after', examples('skein allocation ls', 'skein allocation ls --pool vni --json'))
    .action(async ({ pool }: { pool?: string }, command: Command) => {
      const all = await (await clientOf(command, context.io)).get<readonly Allocation[]>('/v1/allocations')
      const value = all.filter((row) => pool === undefined || row.pool === pool)
      const text = async (rows: typeof value) => (await import('../text.ts')).allocationsText(rows, context.io.wallMs())
      await show(context, command, { value, text })
    })
}

function addReserve(allocation: Command, context: Context): void {
  allocation
    .command('reserve')
    .description('reserve numbers; the same owner asking again gets the same ones')
    .addArgument(new Argument('<pool>', 'which numbers').choices(['vni', 'port', 'mgmt']))
    .requiredOption('--owner <name>', 'who has them, a name you choose', ownerName)
    .option('--host <host>', 'whose ports, for pool port', formArgument(HOST_NAME, 'host name'))
    .option('--count <count>', 'how many, at most 64', countArgument, 1)
    .addOption(durationOption('--for <duration>', 'how long; without, until they are freed'))
    .addHelpText(
      'after',
      examples(
        'skein allocation reserve vni --owner ops/uplink',
        'skein allocation reserve port --host l1 --owner iperf/7 --count 2 --for 1h --json',
      ),
    )
    .action(async (pool: string, { owner, host, count, for: ttlMs }: ReserveOptions, command: Command) => {
      const body = {
        pool,
        owner,
        count,
        ...(host === undefined ? {} : { host }),
        ...(ttlMs === undefined ? {} : { ttlMs }),
      }
      const value = await (await clientOf(command, context.io)).post<Reservation>('/v1/allocations', body)
      await show(context, command, { value, text: ({ values }) => `${values.join('\n')}\n` })
    })
}

function addFree(allocation: Command, context: Context): void {
  allocation
    .command('free')
    .description('give back all that an owner reserved')
    .argument('<owner>', 'as it was reserved, or as `skein allocation ls` shows it', ownerName)
    .addHelpText('after', examples('skein allocation free ops/uplink'))
    .action(async (owner: string, _options: unknown, command: Command) => {
      const client = await clientOf(command, context.io)
      const value = await client.delete<{ freed: number }>(`/v1/allocations/${encodeURIComponent(owner)}`)
      await show(context, command, {
        value,
        text: ({ freed }) => (freed === 0 ? `${owner} has reserved nothing\n` : `${freed} freed\n`),
      })
    })
}

/** The list shows what people reserved under `user/`: both ways to write an owner mean the same. */
const ownerName = (text: string): string => formArgument(OWNER_NAME, 'name of an owner')(text.replace(/^user\//, ''))
