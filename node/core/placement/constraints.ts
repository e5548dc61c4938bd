import type { HostId, HostName, NodeName } from '../model/ids.ts'
import type { HostRole, HostState, LabNode } from '../model/lab.ts'
import { didYouMean } from '../model/nearest.ts'
import { MIB_BYTES } from '../model/units.ts'

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
  /** Lab nodes placed on it already, of all labs, this one's included. */
  readonly nodes: number
}

/** One node that can run nowhere, and why. */
export interface PlacementProblem {
  readonly node: NodeName
  readonly message: string
}

/** Where one node goes, or why nowhere. */
export type Verdict = { readonly host: HostCapacity; readonly reason: string } | { readonly problem: string }

/** Memory still free on each host while a lab is being placed, in MiB. */
export type FreeMemory = ReadonlyMap<HostId, number>

const memoryMiB = (node: LabNode): number => (node.memoryBytes ?? 0) / MIB_BYTES

/** Whether the memory a node asks for is there; one that asks for none always fits. */
export const fits = (node: LabNode, host: HostCapacity, free: FreeMemory): boolean =>
  node.memoryBytes === undefined || memoryMiB(node) <= (free.get(host.id) ?? host.memFreeMiB)

/** The memory left after `node` was placed on `host`. */
export const withNode = (free: FreeMemory, node: LabNode, host: HostCapacity): FreeMemory =>
  new Map([...free, [host.id, (free.get(host.id) ?? host.memFreeMiB) - memoryMiB(node)]])

/** Where a pinned node goes: nowhere else, so a host that is not there is a problem. */
export function pinned(
  node: LabNode & { readonly host: HostName },
  hosts: readonly HostCapacity[],
  free: FreeMemory,
): Verdict {
  const host = hosts.find(({ name, state }) => name === node.host && state !== 'left')
  if (!host) return { problem: unknownHost(node, hosts) }
  if (host.state !== 'alive') return { problem: `${node.name} is pinned to host ${host.name}, which is ${host.state}.` }
  if (host.isDrained === true)
    return {
      problem: `${node.name} is pinned to host ${host.name}, which is drained: \`skein host undrain ${host.name}\`.`,
    }
  if (fits(node, host, free)) return { host, reason: `pinned to ${host.name}` }
  return {
    problem: `${node.name} is pinned to host ${host.name} and ${memoryText(node, free.get(host.id) ?? host.memFreeMiB)}.`,
  }
}

function unknownHost(node: LabNode & { readonly host: HostName }, hosts: readonly HostCapacity[]): string {
  if (hosts.some(({ name }) => name === node.host))
    return `${node.name} is pinned to host ${node.host}, which has left.`
  const names = hosts.filter(({ state }) => state !== 'left').map(({ name }) => name)
  return `${node.name} is pinned to host ${node.host}, which this mesh does not have.${didYouMean(node.host, names)}`
}

const memoryText = (node: LabNode, freeMiB: number): string =>
  `asks for ${Math.ceil(memoryMiB(node))} MiB of memory; ${Math.max(0, Math.floor(freeMiB))} MiB are free`

/** Why a node that is not pinned fits nowhere. */
export function nowhere(node: LabNode, open: readonly HostCapacity[], free: FreeMemory): string {
  if (open.length === 0) return `${node.name} cannot run anywhere: no host is alive and not drained.`
  const most = Math.max(...open.map((host) => free.get(host.id) ?? host.memFreeMiB))
  return `${node.name} ${memoryText(node, most)} on the host with most.`
}
