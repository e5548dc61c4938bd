import type { HostId, NodeName } from '../model/ids.ts'
import { compareText } from '../record/version.ts'
import { weightOf } from './amounts.ts'
import {
  type Asking,
  cpus,
  type HostCapacity,
  type HostScore,
  nowhere,
  type Rejection,
  rejection,
  rejectionText,
  type Verdict,
} from './constraints.ts'
import type { Placing } from './placing.ts'
import { type Ledger, promisedOn, takenOf } from './room.ts'

/** A host that could take a node. */
interface Candidate {
  readonly host: HostCapacity
  readonly nodes: number
  /** As how many nodes that ask for nothing those are, this one included, for its share of what is free: the least is chosen. */
  readonly score: number
  /** Nodes it has that are linked to the one being placed. */
  readonly neighbours: number
}

interface Field {
  readonly input: Placing
  /** Where nodes of the lab are already. */
  readonly placed: ReadonlyMap<NodeName, { readonly host: HostCapacity }>
}

/** A fair share for a node that may go anywhere: the host that is least full once it has it, of equals the one with more neighbours. */
export function spread(asking: Asking, { input, placed }: Field, ledger: Ledger): Verdict {
  const { hosts } = input
  const closed: Rejection[] = []
  const open: HostCapacity[] = []
  for (const host of hosts.filter(({ state }) => state !== 'left')) {
    const why = rejection(asking, host, ledger)
    if (why === undefined) open.push(host)
    else closed.push(why)
  }
  const rejected = closed.toSorted((a, b) => compareText(a.host, b.host))
  const linked = neighboursOf(asking.node.name, input)
  const beside = (id: HostId): number => [...linked].filter((name) => placed.get(name)?.host.id === id).length
  const size = weightOf(asking.request)
  const share = sharesOf(hosts.filter(({ state, isDrained }) => state === 'alive' && isDrained !== true))
  const candidates = open
    .map((host): Candidate => {
      const { nodes, weight } = takenOf(ledger, host.id)
      const there = (host.weight ?? host.nodes) + weight
      return { host, nodes: host.nodes + nodes, score: (there + size) / share(host), neighbours: beside(host.id) }
    })
    .sort(better)
  const [best] = candidates
  if (best === undefined) return nowhere(asking, hosts, ledger)
  const scores: HostScore[] = [
    ...candidates.map(({ host, nodes, score, neighbours }) => ({ host: host.name, score, nodes, neighbours })),
    ...rejected,
  ]
  return { host: best.host, reason: why(best, ledger, candidates.length === 1 ? rejected : []), scores }
}

/** 1 for the host with most free, less for the others; in quarters, so that noise in what hosts report moves nothing. */
function sharesOf(open: readonly HostCapacity[]): (host: HostCapacity) => number {
  const cpuMost = Math.max(0, ...open.map(({ cpuFree }) => cpuFree))
  const memoryMost = Math.max(0, ...open.map(({ memFreeMiB }) => memFreeMiB))
  const share = (free: number, most: number): number => (most <= 0 ? 1 : Math.max(1, Math.ceil((4 * free) / most)) / 4)
  return ({ cpuFree, memFreeMiB }) => Math.min(share(cpuFree, cpuMost), share(memFreeMiB, memoryMost))
}

const better = (a: Candidate, b: Candidate): number =>
  a.score - b.score ||
  b.neighbours - a.neighbours ||
  b.host.memFreeMiB - a.host.memFreeMiB ||
  b.host.cpuFree - a.host.cpuFree ||
  compareText(a.host.name, b.host.name) ||
  compareText(a.host.id, b.host.id)

/** `only`: the others, where there was no choice. */
function why({ host, nodes, neighbours }: Candidate, ledger: Ledger, only: readonly Rejection[]): string {
  const { name, cpuFree, memFreeMiB, limit } = host
  if (only.length > 0)
    return `only ${name} can take it: ${only.slice(0, 2).map(rejectionText).join('; ')}${more(only.length - 2)}`
  const beside = neighbours === 0 ? '' : `, beside ${neighbours} it is linked to`
  const promised = promisedOn(host, ledger)
  const given =
    limit === undefined
      ? ''
      : `, ${cpus(promised.cpu)} of ${cpus(limit.cpu)} CPUs and ${promised.mem} of ${limit.mem} MiB promised`
  return `fair share of ${name}: ${nodes} lab nodes there, ${cpuFree.toFixed(1)} CPUs and ${Math.floor(memFreeMiB)} MiB free${given}${beside}`
}

const more = (count: number): string => (count > 0 ? `; ${count} more hosts likewise` : '')

function neighboursOf(node: NodeName, { segmentsOf }: Placing): ReadonlySet<NodeName> {
  const names = (segmentsOf.get(node) ?? []).flatMap(({ endpoints }) => endpoints.map((end) => end.node))
  return new Set(names.filter((name) => name !== node))
}
