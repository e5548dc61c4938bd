import type { Vars } from '../model/lab.ts'
import { supportedEntries } from './check-keys.ts'
import { cidrProblem } from './cidr.ts'
import { ENDPOINT_KEYS, type KeySet, NAMED_END_KEYS } from './keys.ts'
import { readVars } from './link-extras.ts'
import { macProblem, plainMac } from './mac.ts'
import { readImpairment, type WrittenImpairment } from './read-impairment.ts'
import { quote, type Spot } from './report.ts'
import { asList, asText, type Entry, type MapTree, type Reader, type TextTree, type Tree } from './tree.ts'

/** One end as written; neither its node nor its interface name has been checked. */
export interface WrittenEnd extends WrittenImpairment {
  readonly node: string
  readonly nodeAt: Spot
  readonly interface: string
  readonly interfaceAt: Spot
  readonly mac?: string
  readonly macAt?: Spot
  readonly ipv4?: string
  readonly ipv6?: string
  readonly vars?: Vars
}

/** An item of `endpoints`: `r1:eth1`, or a map with `node` and `interface`. */
export function listedEnd(item: Tree, reader: Reader): WrittenEnd | undefined {
  if (item.type === 'map') return writtenOutEnd(item, reader)
  if (item.type === 'nothing')
    reader.report.error('MISSING', item.at, 'this link end is empty; write it as in `r1:eth1`')
  const text = asText(item, reader, 'a link end')
  return text === undefined ? undefined : shortEnd(text, reader)
}

/** `r1: {ifname: eth1}` in a link. */
export function namedEnd(entry: Entry, reader: Reader): WrittenEnd | undefined {
  const map = entry.value.type === 'map' ? entry.value : undefined
  const node: TextTree = { type: 'text', text: entry.key, at: entry.keyAt }
  return mappedEnd({ map, node, keys: NAMED_END_KEYS, interfaceKey: 'ifname' }, reader)
}

function writtenOutEnd(map: MapTree, reader: Reader): WrittenEnd | undefined {
  const nodeTree = map.entries.get('node')?.value
  const node = nodeTree === undefined ? undefined : asText(nodeTree, reader, '`node`')
  if (node !== undefined) return mappedEnd({ map, node, keys: ENDPOINT_KEYS, interfaceKey: 'interface' }, reader)
  if (nodeTree === undefined || nodeTree.type === 'nothing') {
    reader.report.error('MISSING', map.at, 'this link end has no `node`')
  }
  return undefined
}

function shortEnd({ text, at }: TextTree, reader: Reader): WrittenEnd | undefined {
  const colon = text.indexOf(':')
  const [node, name] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)]
  if (node !== '' && name !== '') return { node, nodeAt: at, interface: name, interfaceAt: at }
  reader.report.error('BAD_VALUE', at, `${quote(text)} is not a link end; write node and interface as in \`r1:eth1\``)
  return undefined
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
  return {
    node: node.text,
    nodeAt: node.at,
    interface: name.text,
    interfaceAt: name.at,
    ...readMac(value('mac'), reader),
    ...readAddress(value('ipv4'), 'ipv4', reader),
    ...readAddress(value('ipv6'), 'ipv6', reader),
    ...readVars(value('vars'), reader),
    ...readImpairment(new Map(entries.map((entry) => [entry.key, entry.value])), reader),
  }
}

function readMac(tree: Tree | undefined, reader: Reader): Pick<WrittenEnd, 'mac' | 'macAt'> {
  const text = tree === undefined ? undefined : asText(tree, reader, '`mac`')
  if (text === undefined || text.text === '') return {}
  const problem = macProblem(text.text)
  if (problem === undefined) return { mac: plainMac(text.text), macAt: text.at }
  reader.report.error('BAD_VALUE', text.at, `${quote(text.text)} ${problem}`)
  return {}
}

/** An address with prefix length; empty counts as none. */
function readAddress(
  tree: Tree | undefined,
  family: 'ipv4' | 'ipv6',
  reader: Reader,
): Pick<WrittenEnd, 'ipv4' | 'ipv6'> {
  const text = tree === undefined ? undefined : asText(tree, reader, `\`${family}\``)
  if (text === undefined || text.text === '') return {}
  const problem = cidrProblem(text.text, family)
  if (problem === undefined) return { [family]: text.text }
  reader.report.error('BAD_VALUE', text.at, `${quote(text.text)} ${problem}`)
  return {}
}

/** `ipv4: [first, second]` of the link itself: one address for each end, in their order; `""` for none. */
export function withAddresses(
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
    result = result.map((end, i) => ({ ...end, ...readAddress(list.items[i], family, reader) }))
  }
  return result
}
