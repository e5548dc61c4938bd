import { type Need, shapingNeeds } from '../impairment/needs.ts'
import type { EndpointKey, HostId, NodeName } from '../model/ids.ts'
import { endpointKey } from '../model/ids.ts'
import type { LabIntent, LabNode, NodeRequest } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { RoomLimit, SegmentDemand } from '../state/lab-commands.ts'
import { type Amount, groupRequest, largestCpu, NOTHING, requestOf, weightOf } from './amounts.ts'
import { besideParent, placeAnchors } from './anchors.ts'
import type { NeedyNode } from './capabilities.ts'
import {
  type Asking,
  type HostCapacity,
  type HostScore,
  type PlacementProblem,
  pinned,
  type Verdict,
} from './constraints.ts'
import { foreignMtuBytes } from './foreign-mtu.ts'
import { limitsOf } from './limits.ts'
import { UNTOLD, type UnderlayMtu, unaskedMtuBytes } from './mtu.ts'
import { type Placing, placing } from './placing.ts'
import { type Ledger, withNode } from './room.ts'
import { besideOwner, sharersOf, withSharersPin } from './sharing.ts'
import { spread } from './spread.ts'
import { growthOf, here, staying, stays } from './staying.ts'

export type { HostCapacity } from './constraints.ts'

export interface PlacementInput {
  readonly intent: LabIntent
  /** Without what this lab has there. */
  readonly hosts: readonly HostCapacity[]
  /** Where the lab's nodes are now. */
  readonly current?: Readonly<Record<NodeName, HostId>>
  /** What they were promised there; absent where that is not known. */
  readonly held?: Readonly<Record<NodeName, NodeRequest>>
  /** The host that took the intent. */
  readonly origin?: HostId
}

/** The whole lab or nothing: a host for every node and why it was chosen, or everything that stands in the way. */
export type Placement =
  | {
      readonly ok: true
      readonly hosts: Readonly<Record<NodeName, HostId>>
      readonly reasons: Readonly<Record<NodeName, string>>
      /** Of nodes that had a choice: what every host was worth, the chosen one first. */
      readonly scores: Readonly<Record<NodeName, readonly HostScore[]>>
      /** The most that all nodes of this lab together may ask for, on hosts where it takes something new. */
      readonly limits: Readonly<Record<HostId, RoomLimit>>
    }
  | { readonly ok: false; readonly problems: readonly PlacementProblem[] }

/**
 * Chooses a host for every node that runs on one: its pin, else where it is now (also while that host is down, or has promised more than
 * it has; a node does not move by itself), else a fair share of the hosts that are alive and have room. From a drained host a node moves
 * away, unless it is pinned to it or has room nowhere else. The same input gives the same answer.
 */
export function place(given: PlacementInput): Placement {
  const input = placing(given)
  const needs = shapingNeeds(input.intent)
  const nodes = input.intent.nodes
    .filter((node) => node.kind !== 'bridge')
    .map((node) => withNeeds(withSharersPin(besideParent(node, input), input), needs.get(node.name)))
  const placed = new Map<NodeName, Chosen>()
  let ledger: Ledger = new Map()
  const problems: PlacementProblem[] = []
  for (const node of inOrder(nodes, input)) {
    const verdict = choose(node, input, { placed, ledger })
    if ('message' in verdict) problems.push({ node: node.name, ...verdict })
    else {
      placed.set(node.name, verdict)
      ledger = settle(ledger, node, { chosen: verdict, input })
    }
  }
  const placedNodes = Object.fromEntries([...placed].map(([name, { host }]) => [name, host.id]))
  const anchors = placeAnchors(input, placedNodes)
  if (problems.length + anchors.problems.length > 0) return { ok: false, problems: [...problems, ...anchors.problems] }
  const answers = nodes.flatMap((node) => {
    const chosen = placed.get(node.name)
    return chosen ? [[node.name, chosen] as const] : []
  })
  return {
    ok: true,
    hosts: { ...Object.fromEntries(answers.map(([name, { host }]) => [name, host.id])), ...anchors.hosts },
    reasons: Object.fromEntries(answers.map(([name, { reason }]) => [name, reason])),
    scores: Object.fromEntries(answers.flatMap(([name, { scores }]) => (scores === undefined ? [] : [[name, scores]]))),
    limits: limitsOf(input, ledger),
  }
}

type Chosen = Extract<Verdict, { host: HostCapacity }>

interface Board {
  readonly ledger: Ledger
  readonly placed: ReadonlyMap<NodeName, Chosen>
}

/** Those without a choice first, so that the others are spread around them; of these the largest, so that the small ones find what is left. */
const inOrder = (nodes: readonly NeedyNode[], input: Placing): readonly NeedyNode[] =>
  nodes
    .map((node) => {
      const place = rank(node, input)
      return { node, place, size: place === 3 ? groupRequest(node, input).mem : 0 }
    })
    .toSorted((a, b) => a.place - b.place || b.size - a.size)
    .map(({ node }) => node)

const rank = (node: LabNode, input: Placing): number => {
  if (node.networkOf !== undefined) return 4
  if (stays(node, input)) return isLess(NOTHING, growthOf(node, input)) ? 1 : 0
  return node.host === undefined ? 3 : 2
}

const withNeeds = (node: LabNode, needs: readonly Need[] | undefined): NeedyNode =>
  needs === undefined ? node : { ...node, needs }

function choose(node: NeedyNode, input: Placing, board: Board): Verdict {
  if (node.networkOf !== undefined)
    return besideOwner(node, { name: node.networkOf, host: board.placed.get(node.networkOf)?.host })
  const asking: Asking = {
    node,
    request: groupRequest(node, input),
    largestCpu: largestCpu(node, input),
    sharers: sharersOf(node, input),
  }
  const host = stays(node, input)
  if (host) return staying(asking, host, { input, ledger: board.ledger })
  const { host: pin } = node
  const verdict =
    pin === undefined
      ? spread(asking, { input, placed: board.placed }, board.ledger)
      : pinned({ ...asking, pin }, input.hosts, board.ledger)
  if (!('message' in verdict)) return verdict
  const stuck = here(node, input)
  return stuck ? { host: stuck, reason: `stays on ${stuck.name}: ${verdict.message}` } : verdict
}

/** What shares a network was counted with the node whose network it is. */
function settle(
  ledger: Ledger,
  node: LabNode,
  { chosen, input }: { readonly chosen: Chosen; readonly input: Placing },
): Ledger {
  const isCounted = node.networkOf !== undefined
  const request = isCounted ? NOTHING : groupRequest(node, input)
  const isHere = here(node, input)?.id === chosen.host.id
  const newMem = isCounted ? 0 : isHere ? growthOf(node, input).mem : request.mem
  const weight = weightOf(requestOf(node))
  return withNode(ledger, chosen.host.id, { request, newMem, weight })
}

const isLess = (a: Amount, b: Amount): boolean => a.cpu < b.cpu || a.mem < b.mem

/**
 * What each segment needs of the pools once its nodes have hosts. Its MTU is the one asked for, else as of `unaskedMtuBytes`. Segments
 * nothing ends in are left out.
 */
export function segmentsOf(
  intent: LabIntent,
  hosts: Readonly<Record<NodeName, HostId>>,
  underlay: UnderlayMtu = UNTOLD,
): readonly SegmentDemand[] {
  const askedOf = askedByLinks(intent)
  return intent.segments.flatMap((segment) => {
    const names = [...segment.endpoints.map((end) => end.node), ...(segment.bridges ?? []).map(({ name }) => name)]
    const ends = names.flatMap((name) => own(hosts, name) ?? [])
    const on = [...new Set(ends)].sort()
    const asked = segment.mtuBytes ?? askedOf.get(segment.id)
    if (on.length === 0) return []
    const foreign = foreignMtuBytes(segment, intent, hosts, underlay) ?? Number.POSITIVE_INFINITY
    const mtuBytes = asked ?? Math.min(foreign, unaskedMtuBytes(on, intent, underlay))
    return [{ id: segment.id, hosts: on, mtuBytes }]
  })
}

/** Of each segment the least its links ask for. */
function askedByLinks({ links }: LabIntent): ReadonlyMap<string, number> {
  const least = new Map<string, number>()
  for (const { segment, mtuBytes } of links)
    if (mtuBytes !== undefined) least.set(segment, Math.min(mtuBytes, least.get(segment) ?? mtuBytes))
  return least
}

/** Every endpoint that gets a MAC address, for the assign command. */
export const endpointsOf = (intent: LabIntent): readonly EndpointKey[] =>
  intent.segments.flatMap(({ endpoints }) => endpoints.map((end) => endpointKey(end.node, end.interface)))
