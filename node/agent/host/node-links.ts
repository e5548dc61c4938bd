import type { ActiveLab } from '#core/engine/labs.ts'
import type { ResourceId } from '#core/model/ids.ts'
import type { LabNode } from '#core/model/lab.ts'
import type { Resource, Workload } from '#core/model/resource.ts'
import { portId } from '#core/model/resource-ids.ts'

/** What this host must have, and what was seen of it by id. */
export interface NodeLinksLook {
  readonly wanted: readonly Resource[]
  readonly byId: ReadonlyMap<ResourceId, Resource>
}

/** Whether every interface a lab node is to have was seen in the process that runs now, without fault and plugged in where it must be. */
export function isLinked(
  { intent, assignment }: ActiveLab,
  { node, workload }: { readonly node: LabNode; readonly workload: Workload },
  { wanted, byId: seen }: NodeLinksLook,
): boolean {
  const nics = wanted.filter((resource) => resource.kind === 'nic' && resource.workload === workload.id)
  const ports = new Set(wanted.filter(({ kind }) => kind === 'port').map(({ id }) => id))
  const linked = nics.every((nic) => {
    const there = seen.get(nic.id)
    return (
      nic.kind === 'nic' &&
      there?.kind === 'nic' &&
      there.fault === undefined &&
      there.pid === workload.pid &&
      (!ports.has(portId(nic.hostName)) || seen.has(portId(nic.hostName)))
    )
  })
  const ends = intent.segments.flatMap((segment) => segment.endpoints.filter((end) => end.node === node.name))
  const isManaged = assignment.mgmt?.nodes[node.name] !== undefined
  return linked && nics.length === ends.length + (isManaged ? 1 : 0)
}
