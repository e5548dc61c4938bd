import { nearest } from '../model/nearest.ts'
import { quote } from './report.ts'
import { asMap, asText, type Reader, type TextTree, type Tree } from './tree.ts'

interface WordRule {
  readonly pattern: RegExp
  readonly what: string
  readonly example: string
}

/** Text of one form; empty counts as not written, as in containerlab. */
export function readWord(tree: Tree, reader: Reader, rule: WordRule): TextTree | undefined {
  const text = asText(tree, reader, rule.what)
  if (text === undefined || text.text === '') return undefined
  if (rule.pattern.test(text.text)) return text
  reader.report.error(
    'BAD_VALUE',
    text.at,
    `${rule.what} cannot be ${quote(text.text)}; write it as in \`${rule.example}\``,
  )
  return undefined
}

interface CountRule {
  readonly what: string
  readonly unit: string
  readonly min: number
  readonly max: number
}

/** A whole number from `min` to `max`. */
export function readCount(tree: Tree, reader: Reader, rule: CountRule): number | undefined {
  const text = asText(tree, reader, rule.what)
  if (text === undefined || text.text === '') return undefined
  const value = /^\d{1,9}$/.test(text.text) ? Number(text.text) : Number.NaN
  if (value >= rule.min && value <= rule.max) return value
  const range = `a whole number of ${rule.unit} from ${rule.min} to ${rule.max}`
  reader.report.error('BAD_VALUE', text.at, `${rule.what} must be ${range}, not ${quote(text.text)}`)
  return undefined
}

/** CPUs; 0 counts as not written, as in containerlab. The kernel takes 0.01 as the least; 1024 are more than any host has. */
export function readCpu(tree: Tree, reader: Reader): number | undefined {
  const text = asText(tree, reader, '`cpu`')
  if (text === undefined || text.text === '') return undefined
  const value = /^\d{0,6}(\.\d{1,9})?$/.test(text.text) ? Number(text.text) : Number.NaN
  if (value === 0) return undefined
  if (value >= 0.01 && value <= 1024) return value
  reader.report.error(
    'BAD_VALUE',
    text.at,
    `\`cpu\` must be a number of CPUs from 0.01 to 1024, not ${quote(text.text)}`,
  )
  return undefined
}

const MEMORY = /^(\d{1,15}(?:\.\d{1,6})?) ?([kmgt]?)(?:i?b)?$/i
const POWERS: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 }
/** Docker refuses containers with less: moby `daemon/daemon_unix.go`, linuxMinMemory. */
const MIN_MEMORY_BYTES = 6 * 1024 ** 2

/** A size of at least what docker takes for memory, as {@link readBytes}. */
export const readMemory = (tree: Tree, reader: Reader): number | undefined =>
  readBytes(tree, reader, { what: '`memory`', min: MIN_MEMORY_BYTES })

/** `1G`, `512mb`, `256MiB`, `1.5g` or bytes; every unit counts in 1024s, as docker's do (docker/go-units RAMInBytes). */
export function readBytes(
  tree: Tree,
  reader: Reader,
  { what, min }: { what: string; min: number },
): number | undefined {
  const text = asText(tree, reader, what)
  if (text === undefined || text.text === '') return undefined
  const [, digits = '', unit = ''] = MEMORY.exec(text.text) ?? []
  const bytes = digits === '' ? Number.NaN : Math.floor(Number(digits) * 1024 ** (POWERS[unit.toLowerCase()] ?? 0))
  if (bytes >= min && Number.isSafeInteger(bytes)) return bytes
  const message =
    bytes < min
      ? `${what} must be at least ${min < 1024 ? `${min} byte` : `${min / 1024 ** 2}MiB`}, not ${quote(text.text)}; a bare number counts bytes`
      : `${what} cannot be ${quote(text.text)}; write it as in \`512mb\`, \`1G\` or \`256MiB\``
  reader.report.error('BAD_VALUE', text.at, message)
  return undefined
}

/** Which network a node is in; `of` as written: a node's name. */
export type NetworkMode =
  | { readonly type: 'none' | 'host' | 'bridge' }
  | { readonly type: 'container'; readonly of: TextTree }

const OF_CONTAINER = /^container:(\S+)$/i

/** `none`, `host`, `bridge` in any case, or `container:NODE`. */
export function readNetworkMode(tree: Tree, reader: Reader): NetworkMode | undefined {
  const text = asText(tree, reader, '`network-mode`')
  if (text === undefined || text.text === '') return undefined
  const lower = text.text.toLowerCase()
  if (lower === 'none' || lower === 'host' || lower === 'bridge') return { type: lower }
  const [, of] = OF_CONTAINER.exec(text.text) ?? []
  if (of !== undefined) return { type: 'container', of: { type: 'text', text: of, at: text.at } }
  const near = nearest(text.text, ['none', 'host', 'bridge']) ?? 'none'
  reader.report.error('BAD_VALUE', text.at, `\`network-mode\` cannot be ${quote(text.text)}. Did you mean \`${near}\`?`)
  return undefined
}

/** A map of scalars as written: `yes`, `2231:22` and `1.50` stay those characters; nothing is the empty text. */
export function readTextMap(
  tree: Tree,
  reader: Reader,
  rule: { what: string; key: RegExp },
): ReadonlyMap<string, TextTree> | undefined {
  const map = asMap(tree, reader, rule.what)
  if (map === undefined) return undefined
  const result = new Map<string, TextTree>()
  for (const { key, keyAt, value } of map.entries.values()) {
    const empty: TextTree = { type: 'text', text: '', at: value.at }
    const text = value.type === 'nothing' ? empty : asText(value, reader, `${quote(key)} in ${rule.what}`)
    if (key.includes('\0') || !rule.key.test(key)) {
      reader.report.error('BAD_NAME', keyAt, `${quote(key)} cannot be a name in ${rule.what}`)
    } else if (text !== undefined) result.set(key, text)
  }
  return result
}
