import { forgivable, supportedEntries } from './check-keys.ts'
import { type NodeFields, readFields } from './fields.ts'
import type { Sections } from './inherit.ts'
import { DROPPED_TOP_KEYS, type KeySet, TOP_KEYS, TOPOLOGY_KEYS } from './keys.ts'
import { readLinks, type WrittenLink } from './links.ts'
import { readMgmt, type WrittenMgmt } from './mgmt.ts'
import { quote, type Spot } from './report.ts'
import { asMap, asText, type Entry, type MapTree, type Reader, type TextTree, type Tree } from './tree.ts'

/** What was written, each part decoded for itself; what the parts mean together is not checked yet. */
export interface Topology {
  readonly at: Spot
  readonly name?: TextTree
  readonly prefix?: TextTree
  readonly mgmt?: WrittenMgmt
  readonly sections: Sections
  readonly nodes: ReadonlyMap<string, { readonly at: Spot; readonly fields: NodeFields }>
  readonly links: readonly WrittenLink[]
}

/** Takes a lab file apart, in containerlab's form or with `nodes` and `links` at its own level. */
export function readTopLevel(tree: Tree, reader: Reader): Topology | undefined {
  const top = asMap(tree, reader, 'a lab file')
  if (top === undefined) return undefined
  const entries = byKey(supportedEntries(withoutMisplaced(top, TOP_KEYS, reader), TOP_KEYS, reader))
  const mgmt = readMgmt(entries.get('mgmt')?.value, reader)
  const name = textEntry(entries.get('name'), reader)
  const prefix = textEntry(entries.get('prefix'), reader)
  const parts = findParts(top, entries, reader)
  const links = parts.get('links')
  return {
    at: top.at,
    ...(name === undefined ? {} : { name }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(mgmt === undefined ? {} : { mgmt }),
    sections: {
      defaults: readSection(parts.get('defaults'), reader),
      kinds: fieldsOf(readNamed(parts.get('kinds'), reader)),
      groups: fieldsOf(readNamed(parts.get('groups'), reader)),
    },
    nodes: readNamed(parts.get('nodes'), reader),
    links: links === undefined ? [] : readLinks(links.value, reader),
  }
}

type Parts = ReadonlyMap<string, Entry>

const byKey = (entries: readonly Entry[]): Parts => new Map(entries.map((entry) => [entry.key, entry]))

function textEntry(entry: Entry | undefined, reader: Reader): TextTree | undefined {
  return entry === undefined ? undefined : asText(entry.value, reader, quote(entry.key))
}

/** The parts under `topology`, or those at the file's own level; both at once is an error. */
function findParts(top: MapTree, entries: Parts, reader: Reader): Parts {
  const topology = entries.get('topology')
  const own = ['nodes', 'links'].flatMap((key) => entries.get(key) ?? [])
  if (topology === undefined) return byKey(own)
  for (const { key, keyAt } of own) {
    reader.report.error('CONFLICT', keyAt, `${quote(key)} stands next to \`topology\`; move it under \`topology\``)
  }
  const map = asMap(topology.value, reader, '`topology`')
  if (map === undefined) return new Map()
  const inner = withoutMisplaced({ ...map, at: top.at }, TOPOLOGY_KEYS, reader)
  return byKey(supportedEntries(inner, TOPOLOGY_KEYS, reader))
}

/** Leaves out keys that are right words on the wrong level, or dropped ones, with a message that says so. */
function withoutMisplaced(map: MapTree, keys: KeySet, reader: Reader): MapTree {
  const isTop = keys === TOP_KEYS
  const others = isTop ? TOPOLOGY_KEYS.supported : TOP_KEYS.supported
  const stays = ([key, entry]: [string, Entry]): boolean => {
    if (keys.supported.includes(key)) return true
    if (others.includes(key)) {
      const home = isTop ? 'belongs under `topology`' : "belongs at the file's own level, next to `topology`"
      forgivable(reader, { code: 'UNKNOWN_KEY', entry }, () => `${quote(key)} ${home}.`)
    } else if (isTop && DROPPED_TOP_KEYS.includes(key)) {
      forgivable(reader, { code: 'REPLACED_KEY', entry }, () => `${quote(key)} is no longer used; remove it.`)
    } else return true
    return false
  }
  return { ...map, entries: new Map([...map.entries].filter(stays)) }
}

function readSection(entry: Entry | undefined, reader: Reader): NodeFields {
  const map = entry === undefined ? undefined : asMap(entry.value, reader, quote(entry.key))
  return map === undefined ? {} : readFields(map, reader)
}

/** A map of names to sections; a name with nothing behind it has an empty section. */
function readNamed(entry: Entry | undefined, reader: Reader): Topology['nodes'] {
  const map = entry === undefined ? undefined : asMap(entry.value, reader, quote(entry.key))
  const named = [...(map?.entries.values() ?? [])]
  return new Map(named.map((inner) => [inner.key, { at: inner.keyAt, fields: readSection(inner, reader) }]))
}

const fieldsOf = (named: Topology['nodes']): ReadonlyMap<string, NodeFields> =>
  new Map([...named].map(([name, { fields }]) => [name, fields]))
