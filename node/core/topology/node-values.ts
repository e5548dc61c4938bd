import { nearest } from '../model/nearest.ts'
import type { Device } from '../model/node-parts.ts'
import { isIpv4, isIpv6 } from './cidr.ts'
import { readForms } from './read-lists.ts'
import { quote } from './report.ts'
import { asText, type Reader, type TextTree, type Tree } from './tree.ts'

/** One of `words`, in whatever case it is written; empty counts as not written. */
export function readChoice<W extends string>(
  tree: Tree,
  reader: Reader,
  { what, words }: { what: string; words: readonly W[] },
): W | undefined {
  const text = asText(tree, reader, what)
  if (text === undefined || text.text === '') return undefined
  const lower = text.text.trim().toLowerCase()
  const found = words.find((word) => word.toLowerCase() === lower)
  if (found !== undefined) return found
  const hint = nearest(text.text, words)
  const all = hint === undefined ? `Use one of ${words.join(', ')}.` : `Did you mean \`${hint}\`?`
  reader.report.error('BAD_VALUE', text.at, `${what} cannot be ${quote(text.text)}. ${all}`)
  return undefined
}

/** YAML 1.2 knows `true` and `false`; containerlab's parser takes the words of YAML 1.1 too (yaml.org/type/bool.html). */
const TRUTHS: Readonly<Record<string, boolean>> = {
  ...{ true: true, yes: true, on: true, y: true },
  ...{ false: false, no: false, off: false, n: false },
}

/** `true` or `false`. */
export function readTruth(tree: Tree, reader: Reader, what: string): boolean | undefined {
  const text = asText(tree, reader, what)
  if (text === undefined || text.text === '') return undefined
  const lower = text.text.toLowerCase()
  if (Object.hasOwn(TRUTHS, lower)) return TRUTHS[lower]
  reader.report.error('BAD_VALUE', text.at, `${what} must be \`true\` or \`false\`, not ${quote(text.text)}`)
  return undefined
}

/** An address without prefix length. */
export function readAddress(tree: Tree, reader: Reader, family: 'ipv4' | 'ipv6'): TextTree | undefined {
  const what = `\`mgmt-${family}\``
  const text = asText(tree, reader, what)
  if (text === undefined || text.text === '') return undefined
  if (family === 'ipv4' ? isIpv4(text.text) : isIpv6(text.text)) return text
  const example = family === 'ipv4' ? '172.20.20.11' : '3fff:172:20:20::11'
  const message = `${what} cannot be ${quote(text.text)}; write an address without prefix length, as in \`${example}\``
  reader.report.error('BAD_VALUE', text.at, message)
  return undefined
}

/** Capabilities: `NET_ADMIN`, `CAP_NET_ADMIN` in any case, or `ALL` (capabilities(7)). */
export const readCapabilities = (tree: Tree, reader: Reader): readonly string[] | undefined =>
  readForms(tree, reader, {
    what: '`cap-add`',
    example: 'NET_ADMIN',
    read: (text) => {
      const name = text.toUpperCase().replace(/^CAP_/, '')
      return /^[A-Z][A-Z_]{1,30}$/.test(name) ? name : undefined
    },
  })

const DEVICE = /^(\/[^:\s]+)(?::(\/[^:\s]+))?(?::([rwm]{1,3}))?$/

/** Devices of the host, as `docker run --device` takes them. */
export const readDevices = (tree: Tree, reader: Reader): readonly Device[] | undefined =>
  readForms(tree, reader, {
    what: '`devices`',
    example: '/dev/net/tun',
    read: (text) => {
      const [, source, target = source, permissions = 'rwm'] = DEVICE.exec(text) ?? []
      return source === undefined || target === undefined ? undefined : { source, target, permissions }
    },
  })

/** A path in the container, or `:/path`-like text is none: what `tmpfs` and volumes are put at. */
export const isContainerPath = (path: string): boolean =>
  path.startsWith('/') && !path.split('/').includes('..') && path.replaceAll('/', '') !== ''
