import type { InnerDevice } from '../model/lab.ts'
import { didYouMean } from '../model/nearest.ts'
import { supportedEntries } from './check-keys.ts'
import { isIpv4, isIpv6 } from './cidr.ts'
import { ONE_END_KEYS } from './keys.ts'
import { listedEnd, type WrittenEnd, withAddresses } from './link-ends.ts'
import { readExtras } from './link-extras.ts'
import type { WrittenLink } from './links.ts'
import { quote } from './report.ts'
import { asText, type MapTree, type Reader, type TextTree, type Tree } from './tree.ts'

/** A tunnel to somebody else's tunnel end. */
export interface WrittenTunnel {
  readonly remote: string
  readonly vni: number
  readonly udpPort: number
}

export type MacvlanMode = Extract<InnerDevice, { type: 'macvlan' }>['mode']
const MACVLAN_MODES: readonly MacvlanMode[] = ['bridge', 'vepa', 'private', 'passthru']
/** containerlab's, links/link_vxlan.go. */
const DEFAULT_UDP_PORT = 14_789

/** Reads a link of a type that has its other end outside the nodes, or none. */
export function readOneEndLink(map: MapTree, type: TextTree, reader: Reader): WrittenLink | undefined {
  const keys = ONE_END_KEYS[type.text]
  if (keys === undefined) return undefined
  const entries = new Map(supportedEntries(map, keys, reader).map((entry) => [entry.key, entry.value]))
  const extras = readExtras(entries, reader)
  const missing = (key: string): undefined => {
    reader.report.error('MISSING', map.at, `this link of type \`${type.text}\` has no \`${key}\``)
    return undefined
  }
  const endTree = entries.get('endpoint')
  const end = endTree === undefined ? missing('endpoint') : listedEnd(endTree, reader)
  const rest = readRest({ type, entries, missing }, reader)
  if (end === undefined || rest === undefined) return undefined
  const [first = end] = withAddresses([end], entries, reader)
  return { at: map.at, ends: [first, ...rest.outside], ...extras, ...rest.special }
}

interface Rest {
  /** The end that is in no node. */
  readonly outside: readonly WrittenEnd[]
  readonly special: Pick<WrittenLink, 'mode' | 'tunnel' | 'isDummy'>
}

interface OneEnd {
  readonly type: TextTree
  readonly entries: ReadonlyMap<string, Tree>
  missing(key: string): undefined
}

function readRest(link: OneEnd, reader: Reader): Rest | undefined {
  const { type, entries, missing } = link
  if (type.text === 'dummy') return { outside: [], special: { isDummy: true } }
  if (type.text.startsWith('vxlan')) {
    const tunnel = readTunnel(link, reader)
    return tunnel && { outside: [], special: { tunnel } }
  }
  const tree = entries.get('host-interface')
  const name = tree === undefined ? undefined : asText(tree, reader, '`host-interface`')
  if (name === undefined || name.text === '') return missing('host-interface')
  const end = { node: type.text, nodeAt: type.at, interface: name.text, interfaceAt: name.at }
  return { outside: [end], special: readMode(entries.get('mode'), reader) }
}

function readMode(tree: Tree | undefined, reader: Reader): Pick<WrittenLink, 'mode'> {
  const text = tree === undefined ? undefined : asText(tree, reader, '`mode`')
  if (text === undefined || text.text === '') return {}
  const mode = MACVLAN_MODES.find((one) => one === text.text)
  if (mode !== undefined) return { mode }
  if (text.text === 'source') {
    const message =
      '`mode: source` lets nothing in without a list of senders, which no lab file can hold; it is made as `bridge`'
    reader.report.warn('NOT_SUPPORTED_YET', text.at, message)
    return { mode: 'bridge' }
  }
  const hint = didYouMean(text.text, MACVLAN_MODES) || ` Modes are ${MACVLAN_MODES.join(', ')}.`
  reader.report.error('BAD_VALUE', text.at, `\`mode\` of a macvlan link cannot be ${quote(text.text)}.${hint}`)
  return {}
}

function readTunnel({ entries, missing }: OneEnd, reader: Reader): WrittenTunnel | undefined {
  const number = (key: string, max: number): number | undefined => {
    const tree = entries.get(key)
    return tree === undefined ? undefined : readNumber(tree, reader, { key, max })
  }
  const remoteTree = entries.get('remote')
  const remote = remoteTree === undefined ? missing('remote') : readRemote(remoteTree, reader)
  // 24 bits, RFC 7348 §5.
  const vni = number('vni', 16_777_215) ?? (entries.has('vni') ? undefined : missing('vni'))
  const udpPort = number('dst-port', 65_535) ?? number('udp-port', 65_535) ?? DEFAULT_UDP_PORT
  return remote === undefined || vni === undefined ? undefined : { remote, vni, udpPort }
}

function readNumber(tree: Tree, reader: Reader, { key, max }: { key: string; max: number }): number | undefined {
  const text = asText(tree, reader, `\`${key}\``)
  if (text === undefined || text.text === '') return undefined
  const value = /^\d{1,9}$/.test(text.text) ? Number(text.text) : 0
  if (value >= 1 && value <= max) return value
  reader.report.error('BAD_VALUE', text.at, `\`${key}\` must be a number from 1 to ${max}, not ${quote(text.text)}`)
  return undefined
}

function readRemote(tree: Tree, reader: Reader): string | undefined {
  const text = asText(tree, reader, '`remote`')
  if (text === undefined) return undefined
  if (isIpv4(text.text) || isIpv6(text.text)) return text.text
  const message = `\`remote\` must be an IPv4 or IPv6 address, not ${quote(text.text)}; names are not looked up`
  reader.report.error('BAD_VALUE', text.at, message)
  return undefined
}
