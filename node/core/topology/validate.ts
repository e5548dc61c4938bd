import { type EndpointKey, endpointKey, linkId, type NodeName } from '../model/ids.ts'
import { type Impairment, isWhole } from '../model/impairment.ts'
import type { Anchor, Endpoint, InnerDevice, Link } from '../model/lab.ts'
import { checkDevice } from './check-device.ts'
import { checkEnd, type EndContext, type KnownEnds, plainName } from './check-end.ts'
import type { WrittenEnd, WrittenLink } from './links.ts'
import { quote, type Spot } from './report.ts'
import { specialEnds } from './special-ends.ts'
import type { Reader } from './tree.ts'

/** A link whose ends are all there. */
export interface CheckedLink extends Pick<Link, 'mtuBytes' | 'vars' | 'labels' | 'impairments'> {
  readonly endpoints: readonly Endpoint[]
  readonly device?: InnerDevice
}

/** Links that passed, and every anchor one of them ends in. */
export interface CheckedLinks {
  readonly links: readonly CheckedLink[]
  readonly anchors: readonly Anchor[]
}

interface LinkContext extends EndContext {
  /** Grows with what the links end in. */
  readonly anchors: Map<string, Anchor | undefined>
  /** How many tunnels were called after each number so far. */
  readonly tunnels: Map<number, number>
  /** Where each link was first written, and how. */
  readonly links: Map<string, { readonly at: Spot; readonly text: string }>
}

/** Checks each link against what it may end in and against all other links. Links with errors are left out. */
export function checkLinks(written: readonly WrittenLink[], known: KnownEnds, reader: Reader): CheckedLinks {
  const context: LinkContext = {
    nodes: known.nodes,
    anchors: new Map(known.anchors),
    tunnels: new Map(),
    used: new Map(),
    macs: new Map(),
    links: new Map(),
    reader,
  }
  const links = written.flatMap((link) => checkLink(link, context) ?? [])
  const names = new Set<string>(links.flatMap(({ endpoints }) => endpoints.map(({ node }) => node)))
  return {
    links,
    anchors: [...context.anchors.values()].flatMap((anchor) => (anchor && names.has(anchor.name) ? [anchor] : [])),
  }
}

/** Of each node the interfaces links end in, in their order. */
export function interfacesOf(links: readonly CheckedLink[]): ReadonlyMap<NodeName, readonly string[]> {
  const ends = Map.groupBy(
    links.flatMap(({ endpoints }) => endpoints),
    (end) => end.node,
  )
  return new Map([...ends].map(([node, own]) => [node, own.map((end) => end.interface)]))
}

function checkLink(link: WrittenLink, context: LinkContext): CheckedLink | undefined {
  const { nodes, anchors } = context
  const { ends, device, ...special } = specialEnds(link, {
    isTaken: (name) => nodes.has(name) || anchors.has(name),
    tunnels: context.tunnels,
  })
  for (const anchor of special.anchors) if (!admit(anchor, link, context)) return undefined
  if (isWrittenTwice(link, ends, context)) return undefined
  const checked = ends.map((end) => checkEnd(end, context))
  const endpoints = checked.filter((end) => end !== undefined)
  if (endpoints.length < checked.length || isLoop(link, endpoints, context)) return undefined
  if (device !== undefined && !checkDevice({ device, link, endpoints }, context)) return undefined
  const { mtuBytes, vars, labels } = link
  const impaired = impairmentsOf(link, ends, endpoints)
  if (device !== undefined && impaired.impairments !== undefined) {
    const message = `a ${device.type} device is no cable, so it cannot have an \`impairment\``
    context.reader.report.error('CONFLICT', link.at, message)
    return undefined
  }
  return {
    endpoints,
    ...(mtuBytes === undefined ? {} : { mtuBytes }),
    ...(vars === undefined ? {} : { vars }),
    ...(labels === undefined ? {} : { labels }),
    ...impaired,
    ...(device === undefined ? {} : { device }),
  }
}

/** Of each end what the link says of all of them and what the end says of itself, which counts more. */
function impairmentsOf(
  link: WrittenLink,
  ends: readonly WrittenEnd[],
  endpoints: readonly Endpoint[],
): Pick<Link, 'impairments'> {
  const found = endpoints.map((end, i): readonly [EndpointKey, Impairment] => [
    endpointKey(end.node, end.interface),
    { ...link.impairment, ...ends[i]?.impairment },
  ])
  const impaired = found.filter(([, impairment]) => !isWhole(impairment))
  return impaired.length === 0 ? {} : { impairments: Object.fromEntries(impaired) }
}

/** Notes an anchor a link brings along; false where a node has its name, which is reported. */
function admit(anchor: Anchor, { at }: WrittenLink, { nodes, anchors, reader }: LinkContext): boolean {
  if (nodes.has(anchor.name)) {
    const message = `no node can be called ${quote(anchor.name)} next to this link: that is what its end on the host is called`
    reader.report.error('CONFLICT', at, message)
    return false
  }
  if (!anchors.has(anchor.name)) anchors.set(anchor.name, anchor)
  return true
}

/** The same cable under other names of its interfaces is one cable. */
function isWrittenTwice(link: WrittenLink, ends: readonly WrittenEnd[], context: LinkContext): boolean {
  const names = ends.map((end) => plainName(end, context))
  const keys = ends.flatMap((end, i) => {
    const plain = names[i]
    return plain === undefined || 'problem' in plain ? [] : [endpointKey(end.node as NodeName, plain.name)]
  })
  if (keys.length < ends.length) return false
  const id = linkId(keys)
  const text = ends
    .map((end) => `${end.node}:${end.interface}`)
    .toSorted()
    .join(' ')
  const first = context.links.get(id)
  if (first === undefined) {
    context.links.set(id, { at: link.at, text })
    return false
  }
  if (first.text === text) return false
  const message = `this is the link on line ${first.at.line}, under other names of its interfaces; it counts once`
  context.reader.report.warn('DUPLICATE', link.at, message)
  return true
}

function isLoop({ at }: WrittenLink, ends: readonly Endpoint[], { nodes, reader }: LinkContext): boolean {
  const [first] = ends
  const isOne = ends.length > 1 && new Set(ends.map((end) => end.node)).size === 1
  if (first === undefined || !isOne || nodes.get(first.node)?.kind !== 'bridge') return false
  reader.report.error('CONFLICT', at, `this link connects the bridge ${quote(first.node)} only with itself`)
  return true
}
