import { didYouMean } from '../model/nearest.ts'
import { supportedEntries } from './check-keys.ts'
import { cidrProblem } from './cidr.ts'
import { ENDPOINT_KEYS, type KeySet, LINK_KEYS, NAMED_END_KEYS, OTHER_ENDS, OTHER_LINK_TYPES } from './keys.ts'
import { quote, type Spot } from './report.ts'
import {
  asList,
  asMap,
  asText,
  type Entry,
  type ListTree,
  type MapTree,
  type Reader,
  type TextTree,
  type Tree,
} from './tree.ts'
import { readCount } from './values.ts'

/** One end as written; neither its node nor its interface name has been checked. */
export interface WrittenEnd {
  readonly node: string
  readonly nodeAt: Spot
  readonly interface: string
  readonly interfaceAt: Spot
  readonly ipv4?: string
  readonly ipv6?: string
}

export interface WrittenLink {
  readonly at: Spot
  readonly ends: readonly WrittenEnd[]
  readonly mtuBytes?: number
}

/** Reads the list under `links`, in each of its forms. A link that is wrong or not supported yet is reported and left out. */
export function readLinks(tree: Tree, reader: Reader): readonly WrittenLink[] {
  const items = asList(tree, reader, '`links`')?.items ?? []
  return items.flatMap((item) => {
    if (item.type === 'nothing') reader.report.error('MISSING', item.at, 'this link is empty; it needs `endpoints`')
    const map = asMap(item, reader, 'a link')
    const link = map === undefined ? undefined : readLink(map, reader)
    return link === undefined ? [] : [link]
  })
}

function readLink(map: MapTree, reader: Reader): WrittenLink | undefined {
  if (isOtherType(map, reader)) return undefined
  const named = map.entries.has('endpoints') || map.entries.has('type') ? [] : namedEnds(map)
  const own: MapTree = { ...map, entries: new Map([...map.entries].filter(([, entry]) => !named.includes(entry))) }
  const entries = new Map(supportedEntries(own, LINK_KEYS, reader).map((entry) => [entry.key, entry.value]))
  const mtuTree = entries.get('mtu')
  // RFC 791: 68 is the least every link must carry; the kernel's field ends at 65535.
  const mtuRule = { what: '`mtu`', unit: 'bytes', min: 68, max: 65_535 }
  const mtuBytes = mtuTree === undefined ? undefined : readCount(mtuTree, reader, mtuRule)
  const list = endpointList(entries.get('endpoints'), { map, reader, isNamed: named.length > 0 })
  const found =
    list === undefined
      ? named.map((entry) => namedEnd(entry, reader))
      : list.items.map((item) => listedEnd(item, reader))
  const ends = found.filter((end) => end !== undefined)
  // Ends left out with a warning take their link along; the reason is in the report already.
  if (found.length === 0 || ends.length < found.length) return undefined
  if (ends.length === 1) {
    reader.report.error('MISSING', map.at, 'a link has at least two ends; this one has one')
    return undefined
  }
  return { at: map.at, ends: withAddresses(ends, entries, reader), ...(mtuBytes === undefined ? {} : { mtuBytes }) }
}

function endpointList(
  tree: Tree | undefined,
  context: { map: MapTree; reader: Reader; isNamed: boolean },
): ListTree | undefined {
  const { map, reader, isNamed } = context
  const list = tree === undefined ? undefined : asList(tree, reader, '`endpoints`')
  const isMissing = tree === undefined ? !isNamed : tree.type === 'nothing' || list?.items.length === 0
  if (isMissing) {
    reader.report.error(
      'MISSING',
      map.at,
      'this link has no `endpoints`; write them as in `endpoints: ["r1:eth1", "r2:eth1"]`',
    )
  }
  return list
}

/** Whether the link says it is of a type other than veth; the report has said so. */
function isOtherType(map: MapTree, reader: Reader): boolean {
  const type = map.entries.get('type')?.value
  if (type === undefined || type.type !== 'text' || type.text === 'veth') return false
  if (OTHER_LINK_TYPES.includes(type.text)) {
    reader.report.warn(
      'NOT_SUPPORTED_YET',
      type.at,
      `links of type ${quote(type.text)} are not supported yet; this one is left out`,
    )
  } else {
    const hint = didYouMean(type.text, ['veth', ...OTHER_LINK_TYPES]) || ' Leave `type` out for a plain cable.'
    reader.report.error('BAD_VALUE', type.at, `there is no link type ${quote(type.text)}.${hint}`)
  }
  return true
}

/** In `- r1: {ifname: eth1}`, every key that is not a word of links themselves and holds a map, or nothing, is a node. */
const namedEnds = (map: MapTree): readonly Entry[] =>
  [...map.entries.values()].filter(
    ({ key, value }) =>
      (value.type === 'map' || value.type === 'nothing') &&
      ![...LINK_KEYS.supported, ...LINK_KEYS.notYet].includes(key),
  )

function namedEnd(entry: Entry, reader: Reader): WrittenEnd | undefined {
  const map = entry.value.type === 'map' ? entry.value : undefined
  const node: TextTree = { type: 'text', text: entry.key, at: entry.keyAt }
  return mappedEnd({ map, node, keys: NAMED_END_KEYS, interfaceKey: 'ifname' }, reader)
}

function listedEnd(item: Tree, reader: Reader): WrittenEnd | undefined {
  if (item.type === 'map') {
    const nodeTree = item.entries.get('node')?.value
    const node = nodeTree === undefined ? undefined : asText(nodeTree, reader, '`node`')
    if (node !== undefined)
      return mappedEnd({ map: item, node, keys: ENDPOINT_KEYS, interfaceKey: 'interface' }, reader)
    if (nodeTree === undefined || nodeTree.type === 'nothing') {
      reader.report.error('MISSING', item.at, 'this link end has no `node`')
    }
    return undefined
  }
  if (item.type === 'nothing')
    reader.report.error('MISSING', item.at, 'this link end is empty; write it as in `r1:eth1`')
  const text = asText(item, reader, 'a link end')
  return text === undefined ? undefined : shortEnd(text, reader)
}

function shortEnd({ text, at }: TextTree, reader: Reader): WrittenEnd | undefined {
  const colon = text.indexOf(':')
  const [node, name] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)]
  if (node === '' || name === '') {
    reader.report.error('BAD_VALUE', at, `${quote(text)} is not a link end; write node and interface as in \`r1:eth1\``)
    return undefined
  }
  if (OTHER_ENDS.includes(node)) {
    const message = `link ends of the form \`${node}:…\` are not supported yet; this link is left out`
    reader.report.warn('NOT_SUPPORTED_YET', at, message)
    return undefined
  }
  return { node, nodeAt: at, interface: name, interfaceAt: at }
}

function mappedEnd(
  end: { map: MapTree | undefined; node: TextTree; keys: KeySet; interfaceKey: string },
  reader: Reader,
): WrittenEnd | undefined {
  const { map, node, keys, interfaceKey } = end
  const entries = map === undefined ? [] : supportedEntries(map, keys, reader)
  const value = (key: string): Tree | undefined => entries.find((entry) => entry.key === key)?.value
  const nameTree = value(interfaceKey)
  const name = nameTree === undefined ? undefined : asText(nameTree, reader, `\`${interfaceKey}\``)
  if (name === undefined) {
    if (nameTree === undefined || nameTree.type === 'nothing') {
      reader.report.error('MISSING', (map ?? node).at, `the link end at ${quote(node.text)} has no \`${interfaceKey}\``)
    }
    return undefined
  }
  const addresses = { ...address(value('ipv4'), 'ipv4', reader), ...address(value('ipv6'), 'ipv6', reader) }
  return { node: node.text, nodeAt: node.at, interface: name.text, interfaceAt: name.at, ...addresses }
}

type Addresses = Pick<WrittenEnd, 'ipv4' | 'ipv6'>

function address(tree: Tree | undefined, family: 'ipv4' | 'ipv6', reader: Reader): Addresses {
  const text = tree === undefined ? undefined : asText(tree, reader, `\`${family}\``)
  if (text === undefined || text.text === '') return {}
  const problem = cidrProblem(text.text, family)
  if (problem === undefined) return { [family]: text.text }
  reader.report.error('BAD_VALUE', text.at, `${quote(text.text)} ${problem}`)
  return {}
}

/** `ipv4: [first, second]` of the link itself: one address for each end, in their order; `""` for none. */
function withAddresses(
  ends: readonly WrittenEnd[],
  entries: ReadonlyMap<string, Tree>,
  reader: Reader,
): readonly WrittenEnd[] {
  let result = ends
  for (const family of ['ipv4', 'ipv6'] as const) {
    const tree = entries.get(family)
    const list = tree === undefined ? undefined : asList(tree, reader, `\`${family}\` of a link`)
    if (list === undefined) continue
    if (list.items.length > ends.length) {
      reader.report.error(
        'BAD_VALUE',
        list.at,
        `\`${family}\` has ${list.items.length} addresses for ${ends.length} ends`,
      )
    }
    result = result.map((end, i) => ({ ...end, ...address(list.items[i], family, reader) }))
  }
  return result
}
