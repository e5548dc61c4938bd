import type { NodeName } from '../model/ids.ts'
import type { LabNode, Segment } from '../model/lab.ts'
import type { PlacementInput } from './place.ts'

/** A lab being placed, with what is looked up for each of its nodes: a lab may have thousands. */
export interface Placing extends PlacementInput {
  /** Those that share the network of a node. */
  readonly sharers: ReadonlyMap<NodeName, readonly LabNode[]>
  /** Those a node has an end in. */
  readonly segmentsOf: ReadonlyMap<NodeName, readonly Segment[]>
}

/** The same input, with its lookups. */
export function placing(input: PlacementInput): Placing {
  const sharers = new Map<NodeName, LabNode[]>()
  for (const node of input.intent.nodes) if (node.networkOf !== undefined) put(sharers, node.networkOf, node)
  const segmentsOf = new Map<NodeName, Segment[]>()
  for (const segment of input.intent.segments)
    for (const name of new Set(segment.endpoints.map((end) => end.node))) put(segmentsOf, name, segment)
  return { ...input, sharers, segmentsOf }
}

function put<V>(table: Map<NodeName, V[]>, key: NodeName, value: V): void {
  const row = table.get(key)
  if (row === undefined) table.set(key, [value])
  else row.push(value)
}
