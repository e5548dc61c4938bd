import type { Membership } from '../membership/membership.ts'
import type { HostId, LabName, NodeName } from '../model/ids.ts'
import type { Assignment } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { HeartbeatBody, RosterEntry } from '../model/record.ts'
import { PROMISED_PERCENT } from '../model/units.ts'
import { type Amount, amountOf, NOTHING, promisedTo, sum, weightOf } from '../placement/amounts.ts'
import type { HostCapacity } from '../placement/constraints.ts'
import type { Book } from './book.ts'
import { currentStatusOf, intentOf } from './labs.ts'

export interface CapacityInput {
  readonly self: HostId
  readonly book: Book
  readonly membership: Membership
  readonly assignments: readonly Assignment[]
  /** This lab is left out: it is being placed. */
  readonly except?: LabName
}

/** What every admitted host has by its own word, and what is promised there to nodes of labs. */
export const capacities = (
  roster: readonly Pick<RosterEntry, 'id' | 'name' | 'role' | 'state' | 'drained'>[],
  input: CapacityInput,
): readonly HostCapacity[] => {
  const loads = loadsOf(input)
  return roster
    .filter((host) => host.state === 'admitted')
    .map((host) => {
      const beat = input.book.get('heartbeat', host.id)?.body as HeartbeatBody | undefined
      const state = host.id === input.self ? 'alive' : (input.membership.of(host.id)?.state ?? 'down')
      return {
        id: host.id,
        name: host.name,
        role: host.role,
        state,
        isDrained: host.drained === true,
        cpuFree: (beat?.cpu ?? 0) / 100,
        memFreeMiB: beat?.mem ?? 0,
        ...(beat === undefined ? { isUntold: true } : {}),
        ...sizeOf(beat),
        capabilities: beat?.caps ?? [],
        ...(loads.get(host.id) ?? EMPTY),
      }
    })
}

const USUAL = [PROMISED_PERCENT.cpu, PROMISED_PERCENT.mem] as const

/** What a host has and what of it may be promised; nothing where it does not say. */
function sizeOf(beat: HeartbeatBody | undefined): Pick<HostCapacity, 'total' | 'limit'> {
  if (beat?.all === undefined) return {}
  const [cpu, mem] = beat.all
  const [cpuPercent, memPercent] = beat.over ?? USUAL
  const limit = { cpu: Math.floor((cpu * cpuPercent) / 100), mem: Math.floor((mem * memPercent) / 100) }
  return { total: { cpu, mem }, limit }
}

type Load = Required<Pick<HostCapacity, 'promised' | 'pendingMiB' | 'nodes' | 'weight'>>

const EMPTY: Load = { promised: NOTHING, pendingMiB: 0, nodes: 0, weight: 0 }

function loadsOf(input: CapacityInput): ReadonlyMap<HostId, Load> {
  const loads = new Map<HostId, Load>()
  for (const { host, request, isPending } of input.assignments.flatMap((one) => promisesOf(one, input))) {
    const { promised, pendingMiB, nodes, weight } = loads.get(host) ?? EMPTY
    loads.set(host, {
      promised: sum([promised, request]),
      pendingMiB: pendingMiB + (isPending ? request.mem : 0),
      nodes: nodes + 1,
      weight: weight + weightOf(request),
    })
  }
  return loads
}

interface Promised {
  readonly host: HostId
  readonly request: Amount
  readonly isPending: boolean
}

/** Of the nodes of one lab; what links end in outside of it is no node. */
function promisesOf(assignment: Assignment, { book, except }: CapacityInput): readonly Promised[] {
  if (assignment.lab === except) return []
  const intent = intentOf(book.get('intent', assignment.lab))
  const requests = promisedTo(assignment, intent)
  const outside = new Set<string>([
    ...(intent?.anchors ?? []).map(({ name }) => name),
    ...(intent?.nodes ?? []).flatMap(({ name, kind }) => (kind === 'bridge' ? [name] : [])),
  ])
  const running = runningOf(assignment, book)
  return Object.entries(assignment.hosts)
    .filter(([name]) => !outside.has(name))
    .map(([name, host]) => {
      const request = amountOf(own(requests, name as NodeName))
      return { host, request, isPending: !running.has(name) }
    })
}

/** Nodes whose hosts see them running: what they have taken is no longer free there. */
function runningOf({ lab, hosts }: Assignment, book: Book): ReadonlySet<string> {
  const statuses = [...new Set(Object.values(hosts))].flatMap((host) => currentStatusOf(book, host, lab)?.nodes ?? [])
  return new Set(statuses.flatMap(({ name, state }) => (state === 'running' ? [name] : [])))
}
