import { type Ip, isIn, type Network, parseIp, parseNetwork, sizeOf } from '../allocation/ip.ts'
import { MGMT_NETWORK_NAME, type MgmtWish } from '../model/mgmt.ts'
import { MTU_RANGE_BYTES } from '../model/units.ts'
import { supportedEntries } from './check-keys.ts'
import type { NodeFields } from './fields.ts'
import { MGMT_KEYS } from './keys.ts'
import { readTruth } from './node-values.ts'
import { quote } from './report.ts'
import { asMap, asText, type Reader, type TextTree, type Tree } from './tree.ts'
import { readCount, readWord } from './values.ts'

/** The `mgmt` section: what it says, and where, for checks against the nodes. */
export interface WrittenMgmt {
  readonly wish: MgmtWish
  readonly subnets: { readonly ipv4?: Network; readonly ipv6?: Network }
  readonly gateways: readonly Ip[]
}

type Family = 'ipv4' | 'ipv6'

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6']

const EXAMPLES = {
  subnet: { ipv4: '172.20.20.0/24', ipv6: '3fff:172:20:20::/64' },
  address: { ipv4: '172.20.20.1', ipv6: '3fff:172:20:20::1' },
} as const

/** A subnet smaller than this has no room for a gateway, a host and a node. */
const MIN_ADDRESSES = 8n

/** Reads `mgmt`. Undefined where nothing is written. */
export function readMgmt(tree: Tree | undefined, reader: Reader): WrittenMgmt | undefined {
  const map = tree === undefined ? undefined : asMap(tree, reader, '`mgmt`')
  if (map === undefined || map.entries.size === 0) return undefined
  const written = new Map(supportedEntries(map, MGMT_KEYS, reader).map(({ key, value }) => [key, value]))
  const at = (key: string): Tree | undefined => written.get(key)
  const word = (key: string): TextTree | undefined => nameOf(at(key), key, reader)
  const [network] = [word('network'), word('bridge')]
  const ipv4 = readFamily('ipv4', at, reader)
  const ipv6 = readFamily('ipv6', at, reader)
  const mtuBytes = mtuOf(at('mtu'), reader)
  const access = at('external-access')
  const isClosed = access !== undefined && readTruth(access, reader, '`external-access`') === false
  return {
    wish: {
      ...(network === undefined ? {} : { network: network.text }),
      ...ipv4.wish,
      ...ipv6.wish,
      ...(mtuBytes === undefined ? {} : { mtuBytes }),
      ...(isClosed ? { externalAccess: false } : {}),
    },
    subnets: {
      ...(ipv4.subnet === undefined ? {} : { ipv4: ipv4.subnet }),
      ...(ipv6.subnet === undefined ? {} : { ipv6: ipv6.subnet }),
    },
    gateways: [ipv4.gateway, ipv6.gateway].filter((gateway) => gateway !== undefined),
  }
}

const nameOf = (tree: Tree | undefined, key: string, reader: Reader): TextTree | undefined =>
  tree === undefined
    ? undefined
    : readWord(tree, reader, { pattern: MGMT_NETWORK_NAME, what: `\`${key}\` of \`mgmt\``, example: 'clab' })

const mtuOf = (tree: Tree | undefined, reader: Reader): number | undefined => {
  const [min, max] = [1280, MTU_RANGE_BYTES[1]]
  // 1280 is the least IPv6 works with, RFC 8200 §5; 0 counts as not written, as in containerlab.
  if (tree?.type === 'text' && tree.text === '0') return undefined
  return tree === undefined ? undefined : readCount(tree, reader, { what: '`mtu` of `mgmt`', unit: 'bytes', min, max })
}

interface FamilyPart {
  readonly wish: MgmtWish
  readonly subnet?: Network
  readonly gateway?: Ip
}

function readFamily(family: Family, at: (key: string) => Tree | undefined, reader: Reader): FamilyPart {
  const subnet = readSubnet(at(`${family}-subnet`), `${family}-subnet`, reader)
  const range = readSubnet(at(`${family}-range`), `${family}-range`, reader)
  const gateway = readGateway(at(`${family}-gw`), family, reader)
  const inside = (what: string, text: TextTree | undefined, first: Ip | undefined): void => {
    if (subnet === undefined || text === undefined || first === undefined || isIn(first, subnet.value)) return
    reader.report.error(
      'BAD_VALUE',
      text.at,
      `${what} ${quote(text.text)} is not in the subnet ${quote(subnet.text.text)}`,
    )
  }
  inside('the range', range?.text, range?.value)
  inside('the gateway', gateway?.text, gateway?.value)
  return {
    wish: {
      ...(subnet === undefined ? {} : { [`${family}Subnet`]: subnet.text.text }),
      ...(gateway === undefined ? {} : { [`${family}Gw`]: gateway.text.text }),
      ...(range === undefined ? {} : { [`${family}Range`]: range.text.text }),
    },
    ...(subnet === undefined ? {} : { subnet: subnet.value }),
    ...(gateway === undefined ? {} : { gateway: gateway.value }),
  }
}

interface Read<T> {
  readonly text: TextTree
  readonly value: T
}

/** `auto` leaves the choice to the mesh, as an empty value does. */
function readSubnet(tree: Tree | undefined, key: string, reader: Reader): Read<Network> | undefined {
  const text = tree === undefined ? undefined : asText(tree, reader, `\`${key}\``)
  if (text === undefined || text.text === '' || (text.text === 'auto' && key.endsWith('-subnet'))) return undefined
  const family = key.startsWith('ipv4') ? 'ipv4' : 'ipv6'
  const value = parseNetwork(text.text)
  const example = EXAMPLES.subnet[family]
  // A range may be as small as it likes: gateway and hosts need not be in it.
  const least = key.endsWith('-subnet') ? MIN_ADDRESSES : 1n
  const problem =
    networkProblem(value, family, parseIp(text.text.split('/')[0] ?? '')) ??
    (value !== undefined && sizeOf(value) < least ? 'it is too small' : undefined)
  if (value !== undefined && problem === undefined) return { text, value }
  reader.report.error(
    'BAD_VALUE',
    text.at,
    `\`${key}\` cannot be ${quote(text.text)}: ${problem}; write it as in \`${example}\``,
  )
  return undefined
}

function networkProblem(network: Network | undefined, family: Family, address: Ip | undefined): string | undefined {
  if (network === undefined || network.bits !== (family === 'ipv4' ? 32 : 128))
    return `it is no ${family === 'ipv4' ? 'IPv4' : 'IPv6'} network`
  if (address?.value !== network.value) return 'it has host bits set'
  if (family === 'ipv4' && network.prefix < 8) return 'it is too large'
  return undefined
}

function readGateway(tree: Tree | undefined, family: Family, reader: Reader): Read<Ip> | undefined {
  const text = tree === undefined ? undefined : asText(tree, reader, `\`${family}-gw\``)
  if (text === undefined || text.text === '') return undefined
  const value = parseIp(text.text)
  if (value !== undefined && value.bits === (family === 'ipv4' ? 32 : 128)) return { text, value }
  const example = EXAMPLES.address[family]
  const message = `\`${family}-gw\` cannot be ${quote(text.text)}; write an address without prefix length, as in \`${example}\``
  reader.report.error('BAD_VALUE', text.at, message)
  return undefined
}

/** Checks the nodes' own addresses against the section and each other. A subnet that is not written is the mesh's to judge. */
export function checkMgmtAddresses(
  nodes: ReadonlyMap<string, { readonly fields: NodeFields }>,
  mgmt: WrittenMgmt | undefined,
  reader: Reader,
): void {
  const taken = new Map<string, string>(mgmt?.gateways.map((gateway) => [keyOf(gateway), 'the gateway']))
  for (const [name, { fields }] of nodes) {
    for (const family of FAMILIES) {
      const text = family === 'ipv4' ? fields.mgmtIpv4 : fields.mgmtIpv6
      const ip = text === undefined ? undefined : parseIp(text.text)
      if (text === undefined || ip === undefined) continue
      const subnet = mgmt?.subnets[family]
      const holder = taken.get(keyOf(ip))
      if (subnet !== undefined && !isIn(ip, subnet))
        reader.report.error(
          'BAD_VALUE',
          text.at,
          `${quote(text.text)} is not in the subnet of \`mgmt\`; write one that is, or change \`${family}-subnet\``,
        )
      else if (holder !== undefined)
        reader.report.error(
          'DUPLICATE',
          text.at,
          `${quote(text.text)} is the address of ${holder} already; write another`,
        )
      taken.set(keyOf(ip), `node ${quote(name)}`)
    }
  }
}

const keyOf = ({ bits, value }: Ip): string => `${bits}/${value}`
