import { endpointKey, linkId, type NodeName, type SegmentId } from '../model/ids.ts'
import type { LabNode, Link, Segment } from '../model/lab.ts'
import type { CheckedLink } from './validate.ts'

type Bridges = ReadonlyMap<NodeName, LabNode>

/**
 * Gives links their ids and joins those that meet in a bridge, directly or over other bridges, into one segment.
 * A segment is called as its only link, or as the first of its bridges by name. Links and segments keep the order of the file.
 */
export function joinSegments(
  links: readonly CheckedLink[],
  nodes: readonly LabNode[],
): { readonly links: readonly Link[]; readonly segments: readonly Segment[] } {
  const bridges: Bridges = new Map(nodes.filter((node) => node.kind === 'bridge').map((node) => [node.name, node]))
  const joined = new UnionFind()
  for (const link of links) {
    const [first, ...others] = bridgesOf(link, bridges)
    for (const other of others) if (first !== undefined) joined.unite(first, other)
  }
  const named = links.map((link): Link => {
    const id = linkId(link.endpoints.map((end) => endpointKey(end.node, end.interface)))
    const bridge = bridgesOf(link, bridges)[0]
    return { id, segment: (bridge === undefined ? id : joined.find(bridge)) as string as SegmentId, ...link }
  })
  const groups = Map.groupBy(named, (link) => link.segment)
  return { links: named, segments: [...groups].map(([id, members]) => toSegment(id, members, bridges)) }
}

const bridgesOf = (link: CheckedLink, bridges: Bridges): readonly NodeName[] =>
  link.endpoints.map((end) => end.node).filter((node) => bridges.has(node))

function toSegment(id: SegmentId, links: readonly Link[], bridges: Bridges): Segment {
  const all = links.flatMap((link) => link.endpoints)
  const endpoints = all.filter((end) => !bridges.has(end.node))
  const mtus = links.flatMap((link) => link.mtuBytes ?? [])
  const multiAccess = endpoints.length < all.length || endpoints.length > 2
  const device = links.find((link) => link.device !== undefined)?.device
  const within = [...new Set(links.flatMap((link) => bridgesOf(link, bridges)))].sort()
  return {
    id,
    endpoints,
    multiAccess,
    // One frame size for the whole segment: what every one of its links can carry.
    ...(mtus.length === 0 ? {} : { mtuBytes: Math.min(...mtus) }),
    ...(device === undefined ? {} : { device }),
    ...(within.length === 0 ? {} : { bridges: within.map((name) => withPin(name, bridges)) }),
  }
}

function withPin(name: NodeName, bridges: Bridges): NonNullable<Segment['bridges']>[number] {
  const host = bridges.get(name)?.host
  return host === undefined ? { name } : { name, host }
}

/** Sets of names that grow together; each is known by its smallest. */
class UnionFind {
  readonly #parents = new Map<string, string>()

  find(name: string): string {
    let root = name
    for (let up = this.#parents.get(root); up !== undefined; up = this.#parents.get(root)) root = up
    // Whoever was on the way knows the end from now on: a chain of bridges may have thousands.
    for (let at = name; at !== root; ) {
      const up = this.#parents.get(at) ?? root
      this.#parents.set(at, root)
      at = up
    }
    return root
  }

  unite(a: string, b: string): void {
    const [first, second] = [this.find(a), this.find(b)].toSorted()
    if (first !== undefined && second !== undefined && first !== second) this.#parents.set(second, first)
  }
}
