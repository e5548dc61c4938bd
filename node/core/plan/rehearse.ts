import type { ResourceId } from '../model/ids.ts'
import { type Op, type Resource, subject } from '../model/resource.ts'
import { plan } from './plan.ts'

/** A host that is never done is a mistake of ours; a rehearsal ends all the same. */
const MAX_ROUNDS = 25

export interface Rehearsal {
  /** What is on the host now. */
  readonly seen: readonly Resource[]
  /** Everything it is to have, given what it has. */
  wanted(seen: readonly Resource[]): readonly Resource[]
  /** Stands for the process id that a container will get. */
  pid(workload: ResourceId): number
}

/** The ops that make a host match if each of them works, round by round; nothing is done. */
export function rehearse({ seen, wanted, pid }: Rehearsal): readonly (readonly Op[])[] {
  const there = new Map(seen.map((resource) => [resource.id, resource]))
  const rounds: (readonly Op[])[] = []
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const { ready } = plan(wanted([...there.values()]), [...there.values()])
    if (ready.length === 0) break
    rounds.push(ready)
    for (const op of ready) apply(op, there, pid)
  }
  return rounds
}

function apply(op: Op, there: Map<ResourceId, Resource>, pid: Rehearsal['pid']): void {
  const { id } = subject(op)
  if (op.type === 'delete') return void there.delete(id)
  const { fault: _, ...to } = op.to
  there.set(id, made({ ...to, needs: [] }, op, pid))
}

/** With what only the host itself can know: a running container keeps its process. */
function made(to: Resource, op: Exclude<Op, { type: 'delete' }>, pid: Rehearsal['pid']): Resource {
  if (to.kind !== 'workload') return to
  const held =
    op.type === 'update' && op.from.kind === 'workload' && op.from.state === 'running' ? op.from.pid : undefined
  return { ...to, state: 'running', pid: held ?? pid(to.id) }
}
