import type { LabView, LinkView, NodeView } from '#agent/port.ts'
import { asOld, type Look, linkLook, nodeLook, type Shape, shapeOf } from './looks.ts'

/** A host as a box around what runs on it. */
interface HostBox {
  readonly id: string
  readonly name: string
}

/** A node, what somebody else runs, the middle of a cable of many ends, or the far side of a cable with one. */
export interface GraphNode {
  readonly id: string
  readonly label: string
  readonly shape: Shape
  readonly look: Look
  /** Id of its box; null where it is on no host. */
  readonly box: string | null
  /** The node a reader opens with it; null where there is none. */
  readonly node: string | null
  /** `dot`: it has no face of its own. */
  readonly size: 'node' | 'dot'
}

/** A cable, or one arm of a cable with many ends. */
interface GraphEdge {
  readonly id: string
  readonly link: string
  readonly from: string
  readonly to: string
  /** Interface names at its two ends. */
  readonly fromLabel: string
  readonly toLabel: string
  readonly label: string
  readonly look: Look
}

export interface Graph {
  readonly boxes: readonly HostBox[]
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

const nodeId = (name: string): string => `node/${name}`
const boxId = (host: string | null): string | null => (host === null || host === '' ? null : `host/${host}`)

/** A lab as boxes, nodes and cables, for a picture. `isOld`: what is shown may no longer be so. */
export function graphOf({ nodes, links }: Pick<LabView, 'nodes' | 'links'>, isOld = false): Graph {
  const see = isOld ? asOld : (look: Look): Look => look
  const own = nodes.map((node) => graphNode(node, see))
  const known = new Set(own.map(({ id }) => id))
  const others = new Map<string, GraphNode>()
  for (const link of links)
    for (const end of link.endpoints) {
      const id = nodeId(end.node)
      if (known.has(id) || others.has(id)) continue
      const kind = end.kind ?? ''
      const look = see(linkLook(link))
      others.set(id, {
        id,
        label: end.node,
        shape: shapeOf(kind),
        look,
        box: boxId(end.host),
        node: null,
        size: 'node',
      })
    }
  const wired = links.map((link) => wire(link, see))
  const all = [...own, ...others.values(), ...wired.flatMap((one) => one.nodes)]
  const hosts = [...new Set(all.flatMap(({ box }) => box ?? []))].toSorted()
  return {
    boxes: hosts.map((id) => ({ id, name: id.slice('host/'.length) })),
    nodes: all,
    edges: wired.flatMap((one) => one.edges),
  }
}

const graphNode = (node: NodeView, see: (look: Look) => Look): GraphNode => ({
  id: nodeId(node.name),
  label: node.name,
  shape: shapeOf(node.kind),
  look: see(nodeLook(node)),
  box: boxId(node.host),
  node: node.name,
  size: 'node',
})

/** Two ends are one edge; more meet in a dot; one goes to a dot beside it. */
function wire(link: LinkView, see: (look: Look) => Look): Pick<Graph, 'nodes' | 'edges'> {
  const look = see(linkLook(link))
  const [a, b] = link.endpoints
  const edge = { link: link.id, look, label: look.sign }
  if (a === undefined) return { nodes: [], edges: [] }
  if (b !== undefined && link.endpoints.length === 2) {
    const ends = { from: nodeId(a.node), to: nodeId(b.node), fromLabel: a.interface, toLabel: b.interface }
    return { nodes: [], edges: [{ ...edge, id: `link/${link.id}`, ...ends }] }
  }
  const dot: GraphNode = {
    id: `dot/${link.id}`,
    label: b === undefined ? farSide(a.kind) : '',
    shape: 'ellipse',
    look,
    box: b === undefined ? boxId(a.host) : null,
    node: null,
    size: 'dot',
  }
  const edges = link.endpoints.map((end, at) => ({
    ...edge,
    id: `link/${link.id}/${at}`,
    from: nodeId(end.node),
    to: dot.id,
    fromLabel: end.interface,
    toLabel: '',
  }))
  return { nodes: [dot], edges }
}

/** An end's kind is `linux, macvlan of eth0` where a device is in the place of the other end. */
const farSide = (kind = ''): string => kind.split(', ').slice(1).join(', ')

/** What a filter leaves: parts whose name, host or state has the text in it, and the ends of links that do. */
export function matches(text: string, ...words: readonly (string | null)[]): boolean {
  const wanted = text.trim().toLowerCase()
  return wanted === '' || words.some((word) => word?.toLowerCase().includes(wanted) === true)
}
