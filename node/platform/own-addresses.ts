import { BlockList, isIP, SocketAddress } from 'node:net'
import type { networkInterfaces } from 'node:os'
import { MeshError } from '#core/model/errors.ts'
import { reachableAddresses } from './host-facts.ts'

/** Where other hosts reach this one. */
export interface OwnAddresses {
  /** On the first network, best first. */
  readonly addresses: readonly string[]
  /** On the second one; absent where there is none. */
  readonly secondary?: readonly string[]
}

type Interfaces = ReturnType<typeof networkInterfaces>

/**
 * The addresses of this host: `primary` as told, or all that reach others where it is empty; `secondary` is empty where there is one
 * network. Throws BAD_INPUT where there is no address, or where the second is not of this host or is on the network of the first.
 */
export function ownAddresses(
  interfaces: Interfaces,
  told: { readonly primary: readonly string[]; readonly secondary: string },
): OwnAddresses {
  const { secondary } = told
  const second = secondary === '' ? undefined : networkOf(interfaces, secondary)
  const inSecond = (address: string): boolean => second?.check(address, familyOf(address)) === true
  const found = reachableAddresses(interfaces)
  const addresses = told.primary.length > 0 ? told.primary : found.filter((address) => !inSecond(address))
  if (addresses.length === 0)
    throw new MeshError('BAD_INPUT', 'this host has no address others could reach; name one with --advertise IP')
  if (secondary === '') return { addresses }
  const [first = ''] = addresses
  if (inSecond(first))
    throw new MeshError(
      'BAD_INPUT',
      `${secondary} is on the same network as ${first}; a second path needs an address on another network`,
    )
  return { addresses, secondary: [secondary] }
}

/** Each address that reaches others, and the name of its interface. */
export const interfacesOf = (interfaces: Interfaces): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(interfaces).flatMap(([name, addresses]) =>
      reachableAddresses({ [name]: addresses }).map((address) => [address, name] as const),
    ),
  )

/** Throws where no interface has the address. */
function networkOf(interfaces: Interfaces, address: string): BlockList {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? [])
  const plain = canonical(address)
  const own = all.find((one) => canonical(one.address) === plain)
  if (own === undefined)
    throw new MeshError(
      'BAD_INPUT',
      `${address} is no address of this host; it has ${reachableAddresses(interfaces).join(', ') || 'none'}`,
    )
  const bits = Number(own.cidr?.split('/')[1] ?? (own.family === 'IPv4' ? 32 : 128))
  const network = new BlockList()
  network.addSubnet(own.address, bits, familyOf(own.address))
  return network
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** One text for one address: IPv6 may be written in several ways. */
const canonical = (address: string): string => new SocketAddress({ address, family: familyOf(address) }).address
