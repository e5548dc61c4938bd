import type { NodeName } from '../model/ids.ts'
import type { LabNode } from '../model/lab.ts'
import type { HostCapacity, Verdict } from './constraints.ts'
import type { Placing } from './placing.ts'

/** A node others share the network of is pinned where one of them is: they can only run together. */
export function withSharersPin<N extends LabNode>(node: N, { sharers }: Placing): N {
  const pin = node.host ?? sharers.get(node.name)?.find(({ host }) => host !== undefined)?.host
  return pin === undefined || pin === node.host ? node : { ...node, host: pin }
}

/** Those that share the network of a node. */
export const sharersOf = ({ name }: LabNode, { sharers }: Placing): readonly NodeName[] =>
  (sharers.get(name) ?? []).map((one) => one.name)

/** The host of a node that shares the network of another: that one's, which has the room for both. */
export function besideOwner(
  node: LabNode,
  { host, name }: { readonly name: NodeName; readonly host: HostCapacity | undefined },
): Verdict {
  if (host === undefined) return { message: `${node.name} shares the network of ${name}, which can run nowhere.` }
  return { host, reason: `shares the network of ${name}` }
}
