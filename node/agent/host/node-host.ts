import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId, NodeName } from '#core/model/ids.ts'
import { own } from '#core/model/own.ts'

/** The host that runs a lab node. NOT_FOUND where no such lab runs, or where it has no such node that does. */
export function hostOfNode(engine: Engine, { lab, node }: { readonly lab: string; readonly node: string }): HostId {
  const active = engine.active.get(lab)
  if (active === undefined) throw new MeshError('NOT_FOUND', `there is no running lab named ${lab}`)
  const host = own(active.assignment.hosts, node as NodeName)
  if (host !== undefined) return host
  const names = active.intent.nodes.filter((other) => other.kind !== 'bridge').map((other) => other.name)
  throw new MeshError('NOT_FOUND', `lab ${lab} has no node ${node} that runs; it has ${names.join(', ')}`)
}
