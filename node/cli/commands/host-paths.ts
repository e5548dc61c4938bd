import { isIP } from 'node:net'
import { type Command, InvalidArgumentError } from 'commander'
import { type Context, clientOf, examples, show } from '../context.ts'
import { badUsage } from '../failures.ts'
import type { OwnAddressesShape, PeerPaths } from '../shapes.ts'

interface AddressOptions {
  readonly advertise?: string
  readonly secondaryAddress?: string
}

/** `host paths` and `host set-addresses`. */
export function addPathCommands(host: Command, context: Context): void {
  host
    .command('paths')
    .description('how this host reaches each other one, and how its paths do')
    .addHelpText('after', examples('skein host paths', 'skein host paths --json'))
    .action(async (_options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<readonly PeerPaths[]>('/v1/paths')
      await show(context, command, {
        value,
        text: async (peers) => (await import('../paths-text.ts')).pathsText(peers),
      })
    })
  host
    .command('set-addresses')
    .description('tell the mesh where this host is reached now; what is not named stays')
    .option('--advertise <ip>', 'IP address other hosts reach it at', address)
    .option('--secondary-address <ip|none>', 'the same on a second network; none: it has one network', addressOrNone)
    .addHelpText(
      'after',
      examples(
        'skein host set-addresses --advertise 192.0.2.7',
        'skein host set-addresses --secondary-address 198.51.100.7',
        'skein host set-addresses --secondary-address none',
      ),
    )
    .action(async ({ advertise, secondaryAddress }: AddressOptions, command: Command) => {
      if (advertise === undefined && secondaryAddress === undefined)
        throw badUsage('nothing is to be changed', 'Name --advertise, --secondary-address, or both.')
      const client = await clientOf(command, context.io)
      const value = await client.post<OwnAddressesShape>('/v1/self/addresses', {
        ...(advertise === undefined ? {} : { primary: advertise }),
        ...(secondaryAddress === undefined ? {} : { secondary: secondaryAddress }),
      })
      await show(context, command, { value, text: addressesText })
    })
}

function address(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('Write an IPv4 or IPv6 address.')
  return text
}

const addressOrNone = (text: string): string => (text === 'none' ? '' : address(text))

const addressesText = ({ addresses, secondary = [] }: OwnAddressesShape): string =>
  `this host is reached at ${addresses.join(', ')}${secondary.length === 0 ? '' : `, second network ${secondary.join(', ')}`}\n`
