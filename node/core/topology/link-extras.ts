import { HOST_NAME, type HostName } from '../model/ids.ts'
import type { Link, Vars } from '../model/lab.ts'
import { readImpairment, type WrittenImpairment } from './read-impairment.ts'
import { quote } from './report.ts'
import { asMap, asText, type Reader, type Tree } from './tree.ts'
import { readCount, readTextMap } from './values.ts'

/** What links of every form may say besides their ends. */
export interface LinkExtras extends Pick<Link, 'mtuBytes' | 'vars' | 'labels'>, WrittenImpairment {
  /** Of the end that is outside the nodes. */
  readonly host?: HostName
}

/** Reads `mtu`, `host`, `vars`, `labels` and `impairment`; what is wrong is reported and left out. */
export function readExtras(entries: ReadonlyMap<string, Tree>, reader: Reader): LinkExtras {
  const mtuTree = entries.get('mtu')
  // RFC 791: 68 is the least every link must carry; the kernel's field ends at 65535.
  const mtuRule = { what: '`mtu`', unit: 'bytes', min: 68, max: 65_535 }
  const mtuBytes = mtuTree === undefined ? undefined : readCount(mtuTree, reader, mtuRule)
  return {
    ...(mtuBytes === undefined ? {} : { mtuBytes }),
    ...readHost(entries.get('host'), reader),
    ...readVars(entries.get('vars'), reader),
    ...readLabels(entries.get('labels'), reader),
    ...readImpairment(entries, reader),
  }
}

function readHost(tree: Tree | undefined, reader: Reader): Pick<LinkExtras, 'host'> {
  const text = tree === undefined ? undefined : asText(tree, reader, '`host` of a link')
  if (text === undefined || text.text === '') return {}
  if (HOST_NAME.test(text.text)) return { host: text.text as HostName }
  const rule = 'those are lower case letters, digits and `-`, at most 32'
  reader.report.error('BAD_NAME', text.at, `${quote(text.text)} cannot be the name of a host; ${rule}`)
  return {}
}

function readLabels(tree: Tree | undefined, reader: Reader): Pick<LinkExtras, 'labels'> {
  const map = tree === undefined ? undefined : readTextMap(tree, reader, { what: '`labels` of a link', key: /^\S+$/ })
  if (map === undefined || map.size === 0) return {}
  return { labels: Object.fromEntries([...map].map(([key, { text }]) => [key, text])) }
}

/** A map of anything, kept as it is; scalars stay the characters of the file. */
export function readVars(tree: Tree | undefined, reader: Reader): { readonly vars?: Vars } {
  const map = tree === undefined ? undefined : asMap(tree, reader, '`vars`')
  return map === undefined || map.entries.size === 0 ? {} : { vars: mapOf(map.entries.values()) }
}

const mapOf = (entries: Iterable<{ readonly key: string; readonly value: Tree }>): Vars =>
  Object.fromEntries([...entries].map(({ key, value }) => [key, plain(value)]))

function plain(tree: Tree): unknown {
  if (tree.type === 'text') return tree.text
  if (tree.type === 'nothing') return null
  return tree.type === 'list' ? tree.items.map(plain) : mapOf(tree.entries.values())
}
