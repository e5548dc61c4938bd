import type { PublishedPort } from '../model/lab.ts'
import { quote, type Spot } from './report.ts'
import { asList, asText, type Reader, type TextTree, type Tree } from './tree.ts'

/** A list of ports as the engine takes them (docker/go-connections nat.ParsePortSpec); an empty list counts as not written. */
export function readPorts(tree: Tree, reader: Reader): readonly PublishedPort[] | undefined {
  const list = asList(tree, reader, '`ports`')
  if (list === undefined || list.items.length === 0) return undefined
  const ports = new Map<string, PublishedPort>()
  for (const item of list.items) {
    const text = asText(item, reader, 'an item of `ports`')
    for (const port of text === undefined ? [] : readSpec(text, reader)) {
      const key = `${port.hostPort}/${port.protocol}`
      if (text !== undefined && ports.has(key))
        reader.report.error('DUPLICATE', text.at, `port ${key} is published twice by this node`)
      ports.set(key, port)
    }
  }
  return [...ports.values()]
}

/** Address, ports of the host, ports of the container, protocol. */
const SPEC =
  /^(?:(\[[0-9a-fA-F:.]+\]|\d+(?:\.\d+){3}):)?(?:(\d{1,5}(?:-\d{1,5})?):)?(\d{1,5}(?:-\d{1,5})?)(?:\/(tcp|udp|sctp))?$/

function readSpec({ text, at }: TextTree, reader: Reader): readonly PublishedPort[] {
  const [, address, host, container, protocol = 'tcp'] = SPEC.exec(text) ?? []
  if (protocol === 'sctp') {
    reader.report.warn('NOT_SUPPORTED_YET', at, `${quote(text)}: only tcp and udp are published; it is left out`)
    return []
  }
  const inside = rangeOf(container)
  const all = rangeOf(host ?? container)
  // Where one port may be any of several, the engine takes a free one; here it must be the same for everybody.
  const isChoice = inside?.count === 1 && (all?.count ?? 0) > 1
  const outside = isChoice && all !== undefined ? { ...all, count: 1 } : all
  if (inside === undefined || inside.count !== outside?.count) {
    reader.report.error('BAD_VALUE', at, `${quote(text)} is not a port to publish${hint(text)}`)
    return []
  }
  const said = [
    ...(address === undefined ? [] : ['it is published on all addresses of the host']),
    ...(isChoice ? [`it is published as the first port of ${host ?? ''}`] : []),
    ...(host === undefined ? [`it is published as port ${container ?? ''} of the host`] : []),
  ]
  if (said.length > 0) reader.report.warn('NOT_SUPPORTED_YET', at, `${quote(text)}: ${said.join(', and ')}`)
  if (isTooMany(inside.count, at, reader)) return []
  return Array.from({ length: inside.count }, (_, index) => ({
    hostPort: outside.first + index,
    containerPort: inside.first + index,
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
  }))
}

/** Takes the ports off what may still be published. */
function isTooMany(count: number, at: Spot, { report, left }: Reader): boolean {
  if (left === undefined) return false
  if (left.ports < count) {
    report.error('TOO_LARGE', at, 'the nodes publish more ports up to here than a lab can have')
    return true
  }
  left.ports -= count
  return false
}

interface PortRange {
  readonly first: number
  readonly count: number
}

/** `8000-8002` is three ports; undefined where there are none, or others than from 1 to 65535. */
function rangeOf(text: string | undefined): PortRange | undefined {
  const [first = 0, last = first] = (text ?? '').split('-').map(Number)
  if (first < 1 || last < first || last > 65_535) return undefined
  return { first, count: last - first + 1 }
}

function hint(text: string): string {
  if (SPEC.test(text)) return text.includes('-') ? '; both ranges must be of one size' : '; ports go from 1 to 65535'
  if (/\/\w+$/.test(text) && SPEC.test(text.replace(/\/\w+$/, ''))) return '; only tcp and udp are known'
  return '; write it as in `8080:80` or `5353:53/udp`'
}
