import type { NodeName } from '../model/ids.ts'
import type { Assignment, LabIntent, LabNode, NodeRequest } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { writtenKind } from '../model/software.ts'
import { MIB_BYTES } from '../model/units.ts'
import type { Placing } from './placing.ts'

/** CPUs × 100 and MiB of memory, as in heartbeats. */
export interface Amount {
  readonly cpu: number
  readonly mem: number
}

/** No CPU and no memory. */
export const NOTHING: Amount = { cpu: 0, mem: 0 }

/** What a node of a kind, as files write it, asks for where its file says nothing; a kind that is not here asks for nothing. */
const BY_KIND: Readonly<Record<string, Amount>> = {}

/** What a node asks of its host: its limits are also what it is promised. */
export function requestOf(node: Pick<LabNode, 'kind' | 'software' | 'cpu' | 'memoryBytes'>): Amount {
  const { cpu, memoryBytes } = node
  const usual = own(BY_KIND, writtenKind(node)) ?? NOTHING
  return {
    cpu: cpu === undefined ? usual.cpu : Math.ceil(cpu * 100),
    mem: memoryBytes === undefined ? usual.mem : Math.ceil(memoryBytes / MIB_BYTES),
  }
}

type Nodes = Pick<LabIntent, 'nodes'>

/** What a node and those that share its network ask for, one by one. */
const groupOf = (node: LabNode, { sharers }: Pick<Placing, 'sharers'>): readonly Amount[] =>
  [node, ...(sharers.get(node.name) ?? [])].map(requestOf)

/** What a node asks for together with those that share its network, which are always where it is. */
export const groupRequest = (node: LabNode, placing: Pick<Placing, 'sharers'>): Amount => sum(groupOf(node, placing))

/** CPUs × 100 that the one of them asks for which asks for most. */
export const largestCpu = (node: LabNode, placing: Pick<Placing, 'sharers'>): number =>
  Math.max(...groupOf(node, placing).map(({ cpu }) => cpu))

/** All of them together. */
export const sum = (amounts: readonly Amount[]): Amount =>
  amounts.reduce((a, b) => ({ cpu: a.cpu + b.cpu, mem: a.mem + b.mem }), NOTHING)

/** As the log keeps it: what is nothing is left out. */
const kept = ({ cpu, mem }: Amount): NodeRequest => ({ ...(cpu > 0 ? { cpu } : {}), ...(mem > 0 ? { mem } : {}) })

/** The same of what the log has kept of one node. */
export const amountOf = ({ cpu = 0, mem = 0 }: NodeRequest = {}): Amount => ({ cpu, mem })

/** What the nodes of a lab ask for; those that ask for nothing are not in it. */
export const requestsOf = ({ nodes }: Nodes): Readonly<Record<NodeName, NodeRequest>> =>
  Object.fromEntries(
    nodes.flatMap((node) => {
      const request = requestOf(node)
      return node.kind === 'bridge' || (request.cpu === 0 && request.mem === 0) ? [] : [[node.name, kept(request)]]
    }),
  )

/** What is promised to the nodes of a lab: as decided, else, in what former versions decided, as its intent asks now. */
export const promisedTo = (
  { requests }: Pick<Assignment, 'requests'>,
  intent: Nodes | null,
): Readonly<Record<NodeName, NodeRequest>> => requests ?? (intent === null ? {} : requestsOf(intent))

/** A node that asks for nothing is one in what a host has to carry; one that asks for more than this counts by it: 0.5 CPU, 512 MiB. */
const UNIT: Amount = { cpu: 50, mem: 512 }

/** As how many nodes that ask for nothing one counts. */
export const weightOf = ({ cpu, mem }: Amount): number => Math.max(1, cpu / UNIT.cpu, mem / UNIT.mem)
