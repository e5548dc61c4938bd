import type { HostId, NodeName } from '../model/ids.ts'
import type { Assignment, NodeRequest } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { Assign } from './lab-commands.ts'
import type { Refusal, State } from './state.ts'

type Promised = Readonly<Required<NodeRequest>>

/** CPUs × 100 and MiB that the log knows as promised to nodes on each host. */
export function promisedByHost(labs: readonly Pick<Assignment, 'hosts' | 'requests'>[]): ReadonlyMap<HostId, Promised> {
  const all = new Map<HostId, Promised>()
  for (const { hosts, requests = {} } of labs)
    for (const [node, { cpu = 0, mem = 0 }] of Object.entries(requests)) {
      const host = own(hosts, node as NodeName)
      if (host === undefined) continue
      const before = all.get(host) ?? { cpu: 0, mem: 0 }
      all.set(host, { cpu: before.cpu + cpu, mem: before.mem + mem })
    }
  return all
}

/**
 * Why a lab has no room where its leader placed it: another lab was decided since the leader looked. Undefined where it has. Looks at the
 * promises of all labs, only where the command holds itself to limits.
 */
export function crowded({ assignments, roster }: State, command: Assign): Refusal | undefined {
  const { lab, limits = {} } = command
  const asked = Object.entries(limits)
  if (asked.length === 0) return undefined
  const others = Object.values(assignments).filter((one) => one.lab !== lab)
  const promised = promisedByHost([...others, command])
  const full = asked.flatMap(([id, limit]) => {
    const host = id as HostId
    const { cpu, mem } = promised.get(host) ?? { cpu: 0, mem: 0 }
    return cpu > (limit.cpu ?? cpu) || mem > (limit.mem ?? mem) ? [host] : []
  })
  if (full.length === 0) return undefined
  const names = full.map((host) => own(roster, host)?.name ?? host).sort()
  return {
    code: 'PLACEMENT_IMPOSSIBLE',
    message: `Lab ${lab} has no room on ${names.join(', ')} any more: other labs were decided meanwhile.`,
    details: { lab, hosts: full },
  }
}
