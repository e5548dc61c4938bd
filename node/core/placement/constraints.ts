import type { HostId, HostName, NodeName } from '../model/ids.ts'
import type { HostRole, HostState, LabNode } from '../model/lab.ts'
import { didYouMean } from '../model/nearest.ts'
import { compareText } from '../record/version.ts'
import type { Amount } from './amounts.ts'
import { isAble, lacks, lackText, type NeedyNode } from './capabilities.ts'
import { type Ledger, promisedOn, roomOn } from './room.ts'

/** What placement knows of a host. */
export interface HostCapacity {
  readonly id: HostId
  readonly name: string
  readonly role: HostRole
  readonly state: HostState
  /** True where nothing new may be placed and what is there is to leave. */
  readonly isDrained?: boolean
  /** CPUs not in use, fractions allowed. */
  readonly cpuFree: number
  readonly memFreeMiB: number
  /** True where it has just come and its first heartbeat is not here yet: what is free there is not known. */
  readonly isUntold?: boolean
  /** What it has; absent where it does not say. */
  readonly total?: Amount
  /** What of it may be promised to lab nodes: of CPUs more than there are. Absent where it does not say. */
  readonly limit?: Amount
  /** What is promised there to nodes of other labs. */
  readonly promised?: Amount
  /** MiB of that to nodes that are not seen running yet. */
  readonly pendingMiB?: number
  /** What it can that not every host can; absent where that is nothing. */
  readonly capabilities?: readonly string[]
  /** Lab nodes placed on it already, of other labs. */
  readonly nodes: number
  /** The same, each as many as it counts by what it asks for; absent: as `nodes`. */
  readonly weight?: number
}

/** Why one node cannot be on one host. */
export interface Rejection {
  /** Its name. */
  readonly host: string
  readonly why: string
}

/** One node that can run nowhere, and why; `hosts` where that is a matter of each of them. */
export interface PlacementProblem {
  readonly node: NodeName
  readonly message: string
  readonly hosts?: readonly Rejection[]
}

/** What one host was worth to a node that had a choice, least first is best; `why` it could not be chosen. */
export type HostScore =
  | { readonly host: string; readonly score: number; readonly nodes: number; readonly neighbours: number }
  | Rejection

/** Where one node goes, or why nowhere. */
export type Verdict =
  | { readonly host: HostCapacity; readonly reason: string; readonly scores?: readonly HostScore[] }
  | Omit<PlacementProblem, 'node'>

/** A node, what it asks for with those that share its network, and who these are. */
export interface Asking {
  readonly node: NeedyNode
  readonly request: Amount
  /** CPUs × 100 of the one of them that asks for most. */
  readonly largestCpu: number
  readonly sharers: readonly NodeName[]
}

/** Why the CPUs and memory a node asks for are not on `host`; undefined where they are. */
export function shortOf(
  asking: Pick<Asking, 'request' | 'largestCpu'>,
  host: HostCapacity,
  ledger: Ledger,
): string | undefined {
  const { request } = asking
  const texts = [cpuShort(asking, host, ledger), memoryShort(request, host, ledger)].filter(
    (text) => text !== undefined,
  )
  return texts.length === 0 ? undefined : texts.join(', ')
}

function cpuShort(
  { request: { cpu }, largestCpu }: Pick<Asking, 'request' | 'largestCpu'>,
  host: HostCapacity,
  ledger: Ledger,
): string | undefined {
  const { total, limit } = host
  if (cpu === 0 || total === undefined || limit === undefined) return undefined
  if (largestCpu > total.cpu) return `cpu: needs ${cpus(largestCpu)}, has ${cpus(total.cpu)}`
  const left = roomOn(host, ledger).cpu
  if (cpu <= left) return undefined
  return `cpu: needs ${cpus(cpu)}, has ${cpus(Math.max(0, left))} of ${cpus(limit.cpu)} left, promised ${cpus(promisedOn(host, ledger).cpu)}`
}

function memoryShort({ mem }: Amount, host: HostCapacity, ledger: Ledger): string | undefined {
  const room = roomOn(host, ledger)
  if (mem === 0 || mem <= room.mem) return undefined
  const left = Math.max(0, Math.floor(room.mem))
  const needs = `memory: needs ${mem} MiB, has ${left}`
  if (host.limit === undefined) return `${needs} MiB free`
  const promised = `promised ${promisedOn(host, ledger).mem}`
  return room.isMeasured
    ? `${needs} free (of ${host.limit.mem}, ${promised}; other programs have the rest)`
    : `${needs} of ${host.limit.mem} left, ${promised}`
}

/** CPUs for people, of hundredths. */
export const cpus = (hundredths: number): string => String(Math.round(hundredths) / 100)

/** Why a node that is new on `host` cannot go there; undefined where it can. */
export function rejection(asking: Asking, host: HostCapacity, ledger: Ledger): Rejection | undefined {
  if (host.state !== 'alive') return { host: host.name, why: `is ${host.state}` }
  if (host.isDrained === true) return { host: host.name, why: 'is drained' }
  const why = [...lacks(asking.node, host), shortOf(asking, host, ledger)].filter((text) => text !== undefined)
  return why.length === 0 ? undefined : { host: host.name, why: why.join(', ') }
}

/** Where a pinned node goes: nowhere else, so a host that is not there is a problem. */
export function pinned(
  asking: Asking & { readonly pin: HostName },
  hosts: readonly HostCapacity[],
  ledger: Ledger,
): Verdict {
  const { node, pin } = asking
  const host = hosts.find(({ name, state }) => name === pin && state !== 'left')
  if (!host) return { message: unknownHost(node, pin, hosts) }
  const { name } = host
  const at = `${node.name} is pinned to host ${name}`
  if (host.state !== 'alive') return { message: `${at}, which is ${host.state}.` }
  if (host.isDrained === true) return { message: `${at}, which is drained: \`skein host undrain ${name}\`.` }
  const lack = lackText(node, [host])
  if (lack !== undefined) return { message: `${at} and ${lack}.` }
  const why = shortOf(asking, host, ledger)
  if (why === undefined) return { host, reason: `pinned to ${name}` }
  return { message: `${at}: ${why}${withSharers(asking)}.`, hosts: [{ host: name, why }] }
}

function unknownHost({ name }: LabNode, pin: HostName, hosts: readonly HostCapacity[]): string {
  if (hosts.some((host) => host.name === pin)) return `${name} is pinned to host ${pin}, which has left.`
  const names = hosts.filter(({ state }) => state !== 'left').map((host) => host.name)
  return `${name} is pinned to host ${pin}, which this mesh does not have.${didYouMean(pin, names)}`
}

/** Hosts that are told one by one; `problems` of the answer has them all. */
const TOLD = 8

/** Why a node that is not pinned fits nowhere. */
export function nowhere(
  asking: Asking,
  hosts: readonly HostCapacity[],
  ledger: Ledger,
): Omit<PlacementProblem, 'node'> {
  const { node } = asking
  const open = hosts.filter(({ state, isDrained }) => state === 'alive' && isDrained !== true)
  const rejected = hosts
    .filter(({ state }) => state !== 'left')
    .flatMap((host) => rejection(asking, host, ledger) ?? [])
    .toSorted((a, b) => compareText(a.host, b.host))
  if (open.length === 0)
    return { message: `${node.name} cannot run anywhere: no host is alive and not drained.`, hosts: rejected }
  if (!open.some((host) => isAble(node, host)))
    return { message: `${node.name} ${lackText(node, open)}.`, hosts: rejected }
  const told = rejected.slice(0, TOLD).map(rejectionText)
  const more = rejected.length > TOLD ? [`${rejected.length - TOLD} more hosts`] : []
  const message = `${node.name} fits on no host: ${[...told, ...more].join('; ')}${withSharers(asking)}.`
  return { message, hosts: rejected }
}

/** For people, as part of a sentence. */
export const rejectionText = ({ host, why }: Rejection): string => `${host}: ${why}`

const withSharers = ({ sharers }: Asking): string =>
  sharers.length === 0
    ? ''
    : ` (with ${sharers.join(', ')}, which ${sharers.length === 1 ? 'shares' : 'share'} its network)`
