import type { ResourceId } from '../model/ids.ts'
import type { Resource } from '../model/resource.ts'
import { differs } from './differs.ts'

/** What becomes of a resource, wherever it is. */
export interface ResourceFound {
  readonly resource: Resource
  readonly was?: Resource
  readonly fix: 'create' | 'remove' | 'remake' | 'update'
  readonly reason: string
}

/** What one host is asked for, before and after. */
export interface TwoSides {
  readonly before: readonly Resource[]
  readonly after: readonly Resource[]
}

/**
 * What becomes of every resource that does not stay as it is, by the rules a host itself acts by: what differs, and what stands on
 * something that is made again. Of one that several hosts have (a tunnel end), the first that changes is told.
 */
export function resourceChanges(hosts: readonly TwoSides[]): ReadonlyMap<ResourceId, ResourceFound> {
  const all = new Map<ResourceId, ResourceFound>()
  for (const host of hosts)
    for (const [id, found] of onHost(host)) if (!all.has(id) || isMore(found)) all.set(id, found)
  return all
}

/** A node that moves is removed on one host and made on another: that it is made says more. */
const isMore = ({ fix }: ResourceFound): boolean => fix !== 'remove'

function onHost({ before, after }: TwoSides): ReadonlyMap<ResourceId, ResourceFound> {
  const was = new Map(before.map((resource) => [resource.id, resource]))
  const now = new Map(after.map((resource) => [resource.id, resource]))
  const found = new Map<ResourceId, ResourceFound>()
  for (const resource of was.values())
    if (!now.has(resource.id)) found.set(resource.id, { resource, fix: 'remove', reason: 'no longer wanted' })
  for (const resource of now.values()) {
    const old = was.get(resource.id)
    if (old === undefined) found.set(resource.id, { resource, fix: 'create', reason: 'new' })
    else {
      const difference = differs(resource, old)
      if (difference !== undefined) found.set(resource.id, { resource, was: old, ...difference })
    }
  }
  withDependents(now, found)
  return found
}

/** Drops are no cause: what stood on them is not wanted either. */
function withDependents(now: ReadonlyMap<ResourceId, Resource>, found: Map<ResourceId, ResourceFound>): void {
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    for (const resource of now.values()) {
      const under = resource.needs.map((id) => found.get(id)).find((below) => below?.fix === 'remake')
      const held = found.get(resource.id)
      if (under === undefined || held?.fix === 'remake' || held?.fix === 'create') continue
      const { resource: below } = under
      const reason = below.kind === 'workload' ? `node ${below.node} is made again` : under.reason
      found.set(resource.id, { resource, fix: 'remake', reason })
      isMoving = true
    }
  }
}
