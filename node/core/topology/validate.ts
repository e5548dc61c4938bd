import { endpointKey, type NodeName } from '../model/ids.ts'
import type { Endpoint, LabNode } from '../model/lab.ts'
import { didYouMean } from '../model/nearest.ts'
import { interfaceNameProblem } from './interface-name.ts'
import type { WrittenEnd, WrittenLink } from './links.ts'
import { quote, type Spot } from './report.ts'
import type { Reader } from './tree.ts'

/** A link whose ends are all there. */
export interface CheckedLink {
  readonly endpoints: readonly Endpoint[]
  readonly mtuBytes?: number
}

/** Every name under `nodes`; undefined for a node that is itself wrong, so that its links raise no further errors. */
export type KnownNodes = ReadonlyMap<string, LabNode | undefined>

/** Checks each link against the nodes and against all other links. Links with errors are left out. */
export function checkLinks(links: readonly WrittenLink[], nodes: KnownNodes, reader: Reader): readonly CheckedLink[] {
  const used = new Map<string, Spot>()
  return links.flatMap((link) => {
    const endpoints = link.ends.map((end) => checkEnd(end, { nodes, used, reader }))
    const good = endpoints.filter((end) => end !== undefined)
    if (good.length < endpoints.length) return []
    if (isBridgeLoop(good, nodes)) {
      const message = `this link connects the bridge ${quote(good[0]?.node ?? '')} only with itself`
      reader.report.error('CONFLICT', link.at, message)
      return []
    }
    return [{ endpoints: good, ...(link.mtuBytes === undefined ? {} : { mtuBytes: link.mtuBytes }) }]
  })
}

interface EndContext {
  readonly nodes: KnownNodes
  /** Where each endpoint was first used; added to by each check. */
  readonly used: Map<string, Spot>
  readonly reader: Reader
}

function checkEnd(end: WrittenEnd, context: EndContext): Endpoint | undefined {
  const { nodes, reader } = context
  if (!nodes.has(end.node)) {
    const message = (): string =>
      `there is no node ${quote(end.node)}.${didYouMean(end.node, nodes.keys())}`.replace(/\.$/, '')
    reader.report.error('UNKNOWN_NODE', end.nodeAt, message)
    return undefined
  }
  const problem = interfaceNameProblem(end.interface) ?? eth0Problem(end, nodes.get(end.node))
  if (problem !== undefined) {
    reader.report.error(
      'BAD_NAME',
      end.interfaceAt,
      `the interface ${quote(end.interface)} of ${quote(end.node)} ${problem}`,
    )
    return undefined
  }
  if (isUsedAgain(end, context)) return undefined
  return {
    node: end.node as NodeName,
    interface: end.interface,
    ...(end.ipv4 === undefined ? {} : { ipv4: end.ipv4 }),
    ...(end.ipv6 === undefined ? {} : { ipv6: end.ipv6 }),
  }
}

function eth0Problem(end: WrittenEnd, node: LabNode | undefined): string | undefined {
  if (end.interface !== 'eth0' || node?.kind !== 'linux' || node.networkMode === 'none') return undefined
  return 'is kept for management; start links at `eth1`, or give the node `network-mode: none`'
}

function isUsedAgain(end: WrittenEnd, { used, reader }: EndContext): boolean {
  const key = endpointKey(end.node as NodeName, end.interface)
  const first = used.get(key)
  if (first === undefined) {
    used.set(key, end.interfaceAt)
    return false
  }
  reader.report.error('DUPLICATE', end.interfaceAt, `${quote(key)} is the end of a link already, on line ${first.line}`)
  return true
}

const isBridgeLoop = (ends: readonly Endpoint[], nodes: KnownNodes): boolean =>
  new Set(ends.map((end) => end.node)).size === 1 && nodes.get(ends[0]?.node ?? '')?.kind === 'bridge'
