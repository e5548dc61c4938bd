import type { HostId, HostName, NodeName } from '../model/ids.ts'
import type { Anchor, InnerDevice, LabIntent, LabNode } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { HostCapacity, PlacementProblem } from './constraints.ts'
import type { PlacementInput } from './place.ts'

/** Hosts of what links end in besides nodes, by name, and everything that stands in the way. */
export interface AnchorPlacement {
  readonly hosts: Readonly<Record<NodeName, HostId>>
  readonly problems: readonly PlacementProblem[]
}

/** One thing to be on a host, that runs nothing. */
interface Fixed {
  readonly name: NodeName
  /** As people know it. */
  readonly what: string
  readonly host?: HostName
}

/**
 * A host for every anchor, and for every bridge that is pinned: the one that is named, else where it is now, else for a tunnel where the
 * link's other end is, else the host that took the intent. `nodes` are the hosts of the lab's nodes.
 */
export function placeAnchors(input: PlacementInput, nodes: Readonly<Record<NodeName, HostId>>): AnchorPlacement {
  const { intent } = input
  const bridges = intent.nodes.filter((node) => node.kind === 'bridge' && node.host !== undefined)
  const found = [
    ...(intent.anchors ?? []).map((anchor) => {
      const fixed: Fixed = { what: WORDS[anchor.type], ...anchor }
      return {
        fixed,
        at: anchor.host === undefined ? unpinned(anchor, input, nodes) : named(anchor.host, anchor.name, input),
      }
    }),
    ...bridges.map((bridge) => ({
      fixed: { what: 'bridge', ...bridge },
      at: named(bridge.host ?? '', bridge.name, input),
    })),
  ]
  return {
    hosts: Object.fromEntries(found.flatMap(({ fixed, at }) => ('host' in at ? [[fixed.name, at.host.id]] : []))),
    problems: found.flatMap(({ fixed, at }) =>
      'host' in at ? [] : [{ node: fixed.name, message: `The ${fixed.what} ${fixed.name} ${at.problem}` }],
    ),
  }
}

const WORDS: Readonly<Record<Anchor['type'], string>> = {
  host: 'host end',
  'ext-container': 'container',
  vxlan: 'tunnel end',
}

type Found = { readonly host: HostCapacity } | { readonly problem: string }

/** As with nodes, what is on a host stays on it while it is down. */
function named(name: string, what: NodeName, { hosts, current }: PlacementInput): Found {
  const host = hosts.find((one) => one.name === name && one.state !== 'left')
  if (host !== undefined && current !== undefined && own(current, what) === host.id) return { host }
  if (host === undefined) return { problem: `is to be on host ${name}, which this mesh does not have.` }
  return host.state === 'alive' ? { host } : { problem: `is to be on host ${name}, which is ${host.state}.` }
}

function unpinned(anchor: Anchor, input: PlacementInput, nodes: Readonly<Record<NodeName, HostId>>): Found {
  const { hosts, current, origin } = input
  const beside = anchor.type === 'vxlan' ? neighbour(anchor, input.intent, nodes) : undefined
  const wanted = beside ?? (current && own(current, anchor.name)) ?? origin
  const host = hosts.find(({ id, state }) => id === wanted && state !== 'left')
  return host === undefined
    ? { problem: 'has no host: the one that took the lab has left. Say which with `host: NAME` on its link or node.' }
    : { host }
}

/** The host of the link's other end. */
function neighbour(
  { name }: Anchor,
  { links }: LabIntent,
  nodes: Readonly<Record<NodeName, HostId>>,
): HostId | undefined {
  const link = links.find(({ endpoints }) => endpoints.some((end) => end.node === name))
  const other = link?.endpoints.find((end) => end.node !== name)
  return other && own(nodes, other.node)
}

type Macvlan = Extract<InnerDevice, { type: 'macvlan' }>

/** A node with a child of an interface of a host has to be on that host: pinned where it is said, else where it is or was submitted. */
export function besideParent(node: LabNode, { intent, hosts, current, origin }: PlacementInput): LabNode {
  if (node.host !== undefined) return node
  const devices = intent.segments.flatMap(({ device, endpoints }): readonly Macvlan[] =>
    device?.type === 'macvlan' && endpoints.some((end) => end.node === node.name) ? [device] : [],
  )
  if (devices.length === 0) return node
  const asked = devices.find(({ host }) => host !== undefined)?.host
  const wanted = (current && own(current, node.name)) ?? origin
  const host = asked ?? (hosts.find(({ id }) => id === wanted)?.name as HostName | undefined)
  return host === undefined ? node : { ...node, host }
}
