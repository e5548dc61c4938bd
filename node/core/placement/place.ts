import type { EndpointKey, HostId, NodeName } from '../model/ids.ts'
import { endpointKey } from '../model/ids.ts'
import type { LabIntent, LabNode } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { LOCAL_MTU_BYTES, OVERLAY_MTU_BYTES } from '../model/units.ts'
import { compareText } from '../record/version.ts'
import type { SegmentDemand } from '../state/commands.ts'
import {
  type FreeMemory,
  fits,
  type HostCapacity,
  nowhere,
  type PlacementProblem,
  pinned,
  type Verdict,
  withNode,
} from './constraints.ts'

export type { HostCapacity } from './constraints.ts'

export interface PlacementInput {
  readonly intent: LabIntent
  readonly hosts: readonly HostCapacity[]
  /** Where the lab's nodes are now. */
  readonly current?: Readonly<Record<NodeName, HostId>>
}

/** The whole lab or nothing: a host for every node and why it was chosen, or everything that stands in the way. */
export type Placement =
  | {
      readonly ok: true
      readonly hosts: Readonly<Record<NodeName, HostId>>
      readonly reasons: Readonly<Record<NodeName, string>>
    }
  | { readonly ok: false; readonly problems: readonly PlacementProblem[] }

/**
 * Chooses a host for every node that runs on one: its pin, else where it is now (also while that host is down; a node does not
 * move by itself), else a fair share of the hosts that are alive. From a drained host a node moves away, unless it is pinned to it or
 * has room nowhere else. The same input gives the same answer.
 */
export function place(input: PlacementInput): Placement {
  const nodes = input.intent.nodes.filter((node) => node.kind !== 'bridge')
  let board: Board = { counts: new Map(), free: new Map(), placed: new Map() }
  const problems: PlacementProblem[] = []
  for (const node of [...nodes].sort((a, b) => rank(a, input) - rank(b, input))) {
    const verdict = choose(node, input, board)
    if ('problem' in verdict) problems.push({ node: node.name, message: verdict.problem })
    else board = settle(board, node, verdict)
  }
  if (problems.length > 0) return { ok: false, problems }
  const answers = nodes.flatMap((node) => {
    const placed = board.placed.get(node.name)
    return placed ? [[node.name, placed] as const] : []
  })
  return {
    ok: true,
    hosts: Object.fromEntries(answers.map(([name, { host }]) => [name, host.id])),
    reasons: Object.fromEntries(answers.map(([name, { reason }]) => [name, reason])),
  }
}

type Chosen = Extract<Verdict, { host: HostCapacity }> & { readonly isNew: boolean }

interface Board {
  /** Nodes of this lab added, by host. */
  readonly counts: ReadonlyMap<HostId, number>
  readonly free: FreeMemory
  readonly placed: ReadonlyMap<NodeName, Chosen>
}

/** Those without a choice first, so that the others are spread around them. */
const rank = (node: LabNode, input: PlacementInput): number => {
  if (stays(node, input)) return 0
  return node.host === undefined ? 2 : 1
}

/** The host a node is on and may be on. */
function here(node: LabNode, { current, hosts }: PlacementInput): HostCapacity | undefined {
  const at = current === undefined ? undefined : own(current, node.name)
  const host = hosts.find(({ id, state }) => id === at && state !== 'left')
  return host && (node.host === undefined || node.host === host.name) ? host : undefined
}

function stays(node: LabNode, input: PlacementInput): HostCapacity | undefined {
  const host = here(node, input)
  return host?.isDrained === true && node.host === undefined ? undefined : host
}

function choose(node: LabNode, input: PlacementInput, board: Board): Chosen | { readonly problem: string } {
  const host = stays(node, input)
  if (host) return { host, reason: `stays on ${host.name}${host.isDrained ? ': pinned to it' : ''}`, isNew: false }
  const { host: pin } = node
  const verdict =
    pin === undefined ? spread(node, input, board) : pinned({ ...node, host: pin }, input.hosts, board.free)
  if (!('problem' in verdict)) return { ...verdict, isNew: true }
  const stuck = here(node, input)
  return stuck ? { host: stuck, reason: `stays on ${stuck.name}: ${verdict.problem}`, isNew: false } : verdict
}

function settle(board: Board, node: LabNode, chosen: Chosen): Board {
  const { host, isNew } = chosen
  const placed = new Map([...board.placed, [node.name, chosen]])
  if (!isNew) return { ...board, placed }
  const counts = new Map([...board.counts, [host.id, (board.counts.get(host.id) ?? 0) + 1]])
  return { counts, free: withNode(board.free, node, host), placed }
}

interface Candidate {
  readonly host: HostCapacity
  readonly nodes: number
  /** 1 for the host with most free, less for the others; in quarters, so that noise in what hosts report moves nothing. */
  readonly weight: number
  /** Nodes it has that are linked to the one being placed. */
  readonly neighbours: number
}

function spread(node: LabNode, { intent, hosts }: PlacementInput, board: Board): Verdict {
  const open = hosts.filter(({ state, isDrained }) => state === 'alive' && isDrained !== true)
  const cpuMost = Math.max(0, ...open.map(({ cpuFree }) => cpuFree))
  const memoryMost = Math.max(0, ...open.map(({ memFreeMiB }) => memFreeMiB))
  const linked = neighboursOf(node.name, intent)
  const candidates = open
    .filter((host) => fits(node, host, board.free))
    .map((host) => ({
      host,
      nodes: host.nodes + (board.counts.get(host.id) ?? 0),
      weight: Math.min(share(host.cpuFree, cpuMost), share(host.memFreeMiB, memoryMost)),
      neighbours: [...linked].filter((name) => board.placed.get(name)?.host.id === host.id).length,
    }))
    .sort(better)
  const [best] = candidates
  return best ? { host: best.host, reason: why(best) } : { problem: nowhere(node, open, board.free) }
}

const share = (free: number, most: number): number => (most <= 0 ? 1 : Math.max(1, Math.ceil((4 * free) / most)) / 4)

const fullness = ({ nodes, weight }: Candidate): number => (nodes + 1) / weight

const better = (a: Candidate, b: Candidate): number =>
  fullness(a) - fullness(b) ||
  b.neighbours - a.neighbours ||
  b.host.memFreeMiB - a.host.memFreeMiB ||
  b.host.cpuFree - a.host.cpuFree ||
  compareText(a.host.name, b.host.name) ||
  compareText(a.host.id, b.host.id)

function why({ host, nodes, neighbours }: Candidate): string {
  const beside = neighbours === 0 ? '' : `, beside ${neighbours} it is linked to`
  return `fair share of ${host.name}: ${nodes} lab nodes there, ${host.cpuFree.toFixed(1)} CPUs and ${Math.floor(host.memFreeMiB)} MiB free${beside}`
}

function neighboursOf(node: NodeName, intent: LabIntent): ReadonlySet<NodeName> {
  const names = intent.segments
    .filter(({ endpoints }) => endpoints.some((end) => end.node === node))
    .flatMap(({ endpoints }) => endpoints.map((end) => end.node))
  return new Set(names.filter((name) => name !== node))
}

/**
 * What each segment needs of the pools once its nodes have hosts. Its MTU is the one asked for, else the same for the whole lab:
 * `overlayMtuBytes` where any of its segments crosses hosts, {@link LOCAL_MTU_BYTES} where none does. Segments nothing ends in are
 * left out.
 */
export function segmentsOf(
  intent: LabIntent,
  hosts: Readonly<Record<NodeName, HostId>>,
  overlayMtuBytes: number = OVERLAY_MTU_BYTES,
): readonly SegmentDemand[] {
  const segments = intent.segments.flatMap((segment) => {
    const ends = segment.endpoints.flatMap((end) => own(hosts, end.node) ?? [])
    const on = [...new Set(ends)].sort()
    return on.length === 0
      ? []
      : [{ id: segment.id, hosts: on, asked: segment.mtuBytes ?? askedByLinks(intent, segment.id) }]
  })
  const computed = segments.some((segment) => segment.hosts.length > 1) ? overlayMtuBytes : LOCAL_MTU_BYTES
  return segments.map(({ id, hosts: on, asked }) => ({ id, hosts: on, mtuBytes: asked ?? computed }))
}

function askedByLinks(intent: LabIntent, segment: string): number | undefined {
  const asked = intent.links.flatMap((link) => (link.segment === segment ? (link.mtuBytes ?? []) : []))
  return asked.length === 0 ? undefined : Math.min(...asked)
}

/** Every endpoint that gets a MAC address, for the assign command. */
export const endpointsOf = (intent: LabIntent): readonly EndpointKey[] =>
  intent.segments.flatMap(({ endpoints }) => endpoints.map((end) => endpointKey(end.node, end.interface)))
