import { didYouMean } from '../model/nearest.ts'
import { supportedEntries } from './check-keys.ts'
import { CABLE_TYPES, LINK_KEYS, ONE_END_KEYS } from './keys.ts'
import { listedEnd, namedEnd, type WrittenEnd, withAddresses } from './link-ends.ts'
import { type LinkExtras, readExtras } from './link-extras.ts'
import { type MacvlanMode, readOneEndLink, type WrittenTunnel } from './one-end-links.ts'
import { quote, type Spot } from './report.ts'
import {
  asList,
  asMap,
  type Entry,
  type ListTree,
  type MapTree,
  type Reader,
  type TextTree,
  type Tree,
} from './tree.ts'

export type { WrittenEnd } from './link-ends.ts'

/** One link as written; a `host`, `mgmt-net` or `macvlan` end has that word for its node, in the short form as in the long. */
export interface WrittenLink extends LinkExtras {
  readonly at: Spot
  readonly ends: readonly WrittenEnd[]
  /** Of a macvlan. */
  readonly mode?: MacvlanMode
  readonly tunnel?: WrittenTunnel
  readonly isDummy?: boolean
}

/** Reads the list under `links`, in each of its forms. A link that is wrong is reported and left out. */
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
  const type = map.entries.get('type')?.value
  if (type?.type !== 'text' || type.text === '' || CABLE_TYPES.includes(type.text)) return readCable(map, reader)
  if (Object.hasOwn(ONE_END_KEYS, type.text)) return readOneEndLink(map, type, reader)
  reportType(type, reader)
  return undefined
}

function reportType(type: TextTree, reader: Reader): void {
  const hint =
    didYouMean(type.text, [...CABLE_TYPES, ...Object.keys(ONE_END_KEYS)]) || ' Leave `type` out for a plain cable.'
  reader.report.error('BAD_VALUE', type.at, `there is no link type ${quote(type.text)}.${hint}`)
}

function readCable(map: MapTree, reader: Reader): WrittenLink | undefined {
  const named = map.entries.has('endpoints') || map.entries.has('type') ? [] : namedEnds(map)
  const own: MapTree = { ...map, entries: new Map([...map.entries].filter(([, entry]) => !named.includes(entry))) }
  const entries = new Map(supportedEntries(own, LINK_KEYS, reader).map((entry) => [entry.key, entry.value]))
  const extras = readExtras(entries, reader)
  const list = endpointList(entries.get('endpoints'), { map, reader, isNamed: named.length > 0 })
  const found =
    list === undefined
      ? named.map((entry) => namedEnd(entry, reader))
      : list.items.map((item) => listedEnd(item, reader))
  const ends = found.filter((end) => end !== undefined)
  // Ends left out take their link along; the reason is in the report already.
  if (found.length === 0 || ends.length < found.length) return undefined
  if (ends.length === 1) {
    reader.report.error('MISSING', map.at, 'a link has at least two ends; this one has one')
    return undefined
  }
  return { at: map.at, ends: withAddresses(ends, entries, reader), ...extras }
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

/** In `- r1: {ifname: eth1}`, every key that is not a word of links themselves and holds a map, or nothing, is a node. */
const namedEnds = (map: MapTree): readonly Entry[] =>
  [...map.entries.values()].filter(
    ({ key, value }) =>
      (value.type === 'map' || value.type === 'nothing') &&
      ![...LINK_KEYS.supported, ...LINK_KEYS.notYet].includes(key),
  )
