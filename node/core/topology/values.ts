import type { PublishedPort } from '../model/lab.ts'
import { nearest } from '../model/nearest.ts'
import { quote } from './report.ts'
import { asList, asMap, asText, type Reader, type TextTree, type Tree } from './tree.ts'

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

/** CPUs, more than 0. The kernel takes 0.01 as the least; 1024 are more than any host has. */
export function readCpu(tree: Tree, reader: Reader): number | undefined {
  const text = asText(tree, reader, '`cpu`')
  if (text === undefined || text.text === '') return undefined
  const value = /^\d{0,6}(\.\d{1,9})?$/.test(text.text) ? Number(text.text) : Number.NaN
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

/** `1G`, `512mb`, `256MiB`, `1.5g` or bytes; every unit counts in 1024s, as docker's do (docker/go-units RAMInBytes). */
export function readMemory(tree: Tree, reader: Reader): number | undefined {
  const text = asText(tree, reader, '`memory`')
  if (text === undefined || text.text === '') return undefined
  const [, digits = '', unit = ''] = MEMORY.exec(text.text) ?? []
  const bytes = digits === '' ? Number.NaN : Math.floor(Number(digits) * 1024 ** (POWERS[unit.toLowerCase()] ?? 0))
  if (bytes >= MIN_MEMORY_BYTES && Number.isSafeInteger(bytes)) return bytes
  const message =
    bytes < MIN_MEMORY_BYTES
      ? `\`memory\` must be at least 6MiB, not ${quote(text.text)}; a bare number counts bytes`
      : `\`memory\` cannot be ${quote(text.text)}; write it as in \`512mb\`, \`1G\` or \`256MiB\``
  reader.report.error('BAD_VALUE', text.at, message)
  return undefined
}

const OTHER_MODE = /^(host|bridge|container:\S+)$/

/** Only `none` has an effect so far. */
export function readNetworkMode(tree: Tree, reader: Reader): 'none' | 'other' | undefined {
  const text = asText(tree, reader, '`network-mode`')
  if (text === undefined || text.text === '') return undefined
  if (text.text === 'none') return 'none'
  if (OTHER_MODE.test(text.text)) {
    const message = `\`network-mode: ${text.text.slice(0, 60)}\` is not supported yet; the node gets its own network`
    reader.report.warn('NOT_SUPPORTED_YET', text.at, message)
    return 'other'
  }
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

/** A list of `HOST:CONTAINER` or `HOST:CONTAINER/udp`; an empty list counts as not written. */
export function readPorts(tree: Tree, reader: Reader): readonly PublishedPort[] | undefined {
  const list = asList(tree, reader, '`ports`')
  if (list === undefined || list.items.length === 0) return undefined
  const ports: PublishedPort[] = []
  for (const item of list.items) {
    const text = asText(item, reader, 'an item of `ports`')
    const port = text === undefined ? undefined : readPort(text, reader)
    if (text === undefined || port === undefined) continue
    if (ports.some((other) => other.hostPort === port.hostPort && other.protocol === port.protocol)) {
      reader.report.error(
        'DUPLICATE',
        text.at,
        `port ${port.hostPort}/${port.protocol} is published twice by this node`,
      )
    } else ports.push(port)
  }
  if (ports.length > 0) {
    const message =
      '`ports` is not supported yet: nothing is published on the hosts; links inside the lab carry every port'
    reader.report.warn('NOT_SUPPORTED_YET', list.at, message)
  }
  return ports
}

const PORT = /^(\d{1,5}):(\d{1,5})(?:\/(tcp|udp))?$/

function readPort({ text, at }: TextTree, reader: Reader): PublishedPort | undefined {
  const [, host, container, protocol = 'tcp'] = PORT.exec(text) ?? []
  const [hostPort, containerPort] = [Number(host), Number(container)]
  const isPort = (port: number): boolean => port >= 1 && port <= 65_535
  if (isPort(hostPort) && isPort(containerPort)) {
    return { hostPort, containerPort, protocol: protocol === 'udp' ? 'udp' : 'tcp' }
  }
  reader.report.error('BAD_VALUE', at, `${quote(text)} is not a port to publish${portHint(text)}`)
  return undefined
}

function portHint(text: string): string {
  if (PORT.test(text)) return '; ports go from 1 to 65535'
  if (/^\d+(\/\w+)?$/.test(text)) return `; say the host's port too, as in \`8080:${text.slice(0, 20)}\``
  if (/^[\d.]+:\d+:\d+/.test(text) || text.startsWith('[')) return '; an address before the ports is not supported yet'
  if (/\d-\d/.test(text)) return '; ranges are not supported yet, list each port'
  if (/\/\w+$/.test(text)) return '; only tcp and udp are known'
  return '; write it as in `8080:80` or `5353:53/udp`'
}
