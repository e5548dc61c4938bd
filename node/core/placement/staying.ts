import type { Assignment, LabNode } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { type Amount, amountOf, groupRequest, sum } from './amounts.ts'
import { shapingLack } from './capabilities.ts'
import { type Asking, type HostCapacity, shortOf, type Verdict } from './constraints.ts'
import type { PlacementInput } from './place.ts'
import type { Placing } from './placing.ts'
import { type Ledger, promisedOn, withNode } from './room.ts'
import { sharersOf } from './sharing.ts'

/** Where the nodes of a lab are and what they were promised there, as decided last. */
export const standingOf = (
  held: Pick<Assignment, 'hosts' | 'requests'> | undefined,
): Pick<PlacementInput, 'current' | 'held'> => {
  if (held === undefined) return {}
  return { current: held.hosts, ...(held.requests === undefined ? {} : { held: held.requests }) }
}

/** The host a node is on and may be on. */
export function here(node: LabNode, { current, hosts }: PlacementInput): HostCapacity | undefined {
  const at = current === undefined ? undefined : own(current, node.name)
  const host = hosts.find(({ id, state }) => id === at && state !== 'left')
  return host && (node.host === undefined || node.host === host.name) ? host : undefined
}

/** The host a node is to stay on; undefined where it has none, or is to leave it. */
export function stays(node: LabNode, input: PlacementInput): HostCapacity | undefined {
  const host = here(node, input)
  return host?.isDrained === true && node.host === undefined ? undefined : host
}

/** What a node that stays, and those that share its network, were promised where they are; all they ask for where that is not known. */
function heldBy(node: LabNode, placing: Placing): Amount {
  const { held, current } = placing
  if (held === undefined) return groupRequest(node, placing)
  const at = current && own(current, node.name)
  const names = [node.name, ...sharersOf(node, placing)].filter((name) => current && own(current, name) === at)
  return sum(names.map((name) => amountOf(own(held, name))))
}

/** By how much a node where it is asks for more than it was promised there. */
export function growthOf(node: LabNode, placing: Placing): Amount {
  const [now, before] = [groupRequest(node, placing), heldBy(node, placing)]
  return { cpu: Math.max(0, now.cpu - before.cpu), mem: Math.max(0, now.mem - before.mem) }
}

/** A node stays also where more is promised than there is; only what it asks for beyond what it was promised must be there. */
export function staying(
  asking: Asking,
  host: HostCapacity,
  { input, ledger: before }: { readonly input: Placing; readonly ledger: Ledger },
): Verdict {
  const { node, request } = asking
  const lack = shapingLack(node, host)
  if (lack !== undefined) return { message: `${node.name} runs on ${host.name} and ${lack}.` }
  const growth = growthOf(node, input)
  const same = { cpu: request.cpu - growth.cpu, mem: request.mem - growth.mem }
  const ledger = withNode(before, host.id, { request: same, newMem: 0, weight: 0 })
  const why = shortOf({ ...asking, request: growth }, host, ledger)
  if (why !== undefined) {
    const message = `${node.name} runs on ${host.name}, does not move by itself and asks for more: ${why}. Ask for less, or pin it to another host.`
    return { message, hosts: [{ host: host.name, why }] }
  }
  return { host, reason: `stays on ${host.name}${host.isDrained ? ': pinned to it' : overText(host, ledger)}` }
}

function overText(host: HostCapacity, ledger: Ledger): string {
  const { mem } = promisedOn(host, ledger)
  return host.limit !== undefined && mem > host.limit.mem
    ? `, which has promised ${mem} MiB of memory and has ${host.limit.mem}`
    : ''
}
