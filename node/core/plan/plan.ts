import type { ResourceId } from '../model/ids.ts'
import { type Op, type Plan, type Resource, subject } from '../model/resource.ts'
import { differs } from './differs.ts'
import { inMakingOrder, inRemovingOrder } from './order.ts'
import { type Deletion, isJudged, removals, type Sides } from './removals.ts'

/**
 * What to do to make this host match, now and later. An op is ready when everything it needs was read back whole; something
 * that must be made again is deleted in one pass and created in a later one. Order: deletions that clear the way, creations and
 * updates, other deletions; the same two sides give the same plan in whatever order they are listed.
 */
export function plan(wanted: readonly Resource[], seen: readonly Resource[]): Plan {
  const sides: Sides = { wanted: byId(wanted), seen: byId(seen) }
  const going = removals(sides)
  const making = makings(sides, going)
  const holders = heldNames(going)
  const ready: Op[] = []
  const blocked: { op: Op; waitingFor: readonly ResourceId[] }[] = []
  const inTheWay = new Set<ResourceId>([...going.keys()].filter((id) => sides.wanted.has(id)))
  for (const op of inMakingOrder(making)) {
    const target = subject(op)
    const clashing = op.type === 'create' ? names(target).flatMap((name) => holders.get(name) ?? []) : []
    for (const id of clashing) inTheWay.add(id)
    const waitingFor = [...new Set([...target.needs.filter((id) => !isThere(id, sides, going)), ...clashing])]
    if (waitingFor.length === 0) ready.push(op)
    else blocked.push({ op, waitingFor })
  }
  const first = withDependents(inTheWay, going)
  const deletions = inRemovingOrder([...going.values()])
  const clears = (op: Op): boolean => first.has(subject(op).id)
  return { ready: [...deletions.filter(clears), ...ready, ...deletions.filter((op) => !clears(op))], blocked }
}

const byId = (resources: readonly Resource[]): ReadonlyMap<ResourceId, Resource> =>
  new Map(resources.map((resource) => [resource.id, resource]))

type Going = ReadonlyMap<ResourceId, Deletion>

/** A broken resource goes, so is not here; but an image, which never goes, is fetched over itself. */
function makings(sides: Sides, going: Going): readonly Op[] {
  return [...sides.wanted.values()].flatMap((to): readonly Op[] => {
    const from = sides.seen.get(to.id)
    if (!from) return [{ type: 'create', to, reason: 'missing' }]
    if (going.has(to.id) || !isJudged(to, sides)) return []
    const reason = from.fault === undefined ? differs(to, from)?.reason : `broken: ${from.fault}`
    return reason === undefined ? [] : [{ type: 'update', from, to, reason }]
  })
}

/** Whether others can stand on it: read back, whole, staying, and running where it is a workload. */
function isThere(id: ResourceId, { seen }: Sides, going: Going): boolean {
  const resource = seen.get(id)
  if (!resource || resource.fault !== undefined || going.has(id)) return false
  return resource.kind !== 'workload' || resource.state === 'running'
}

/** Names and numbers of which a host has room for one holder. */
function names(resource: Resource): readonly string[] {
  switch (resource.kind) {
    case 'workload':
      return [
        `container ${resource.containerName}`,
        ...resource.spec.ports.map((port) => `published ${port.protocol} ${port.hostPort}`),
      ]
    case 'nic':
      return [`device ${resource.hostName}`]
    case 'vtep':
      return [`device ${resource.device}`, `vni ${resource.vni} on ${resource.port}`]
    case 'wg-interface':
      return [`udp ${resource.listenPort}`]
    default:
      return []
  }
}

/** Who of those that go still holds a name. */
function heldNames(going: Going): ReadonlyMap<string, readonly ResourceId[]> {
  const holders = new Map<string, ResourceId[]>()
  for (const { from } of going.values()) {
    for (const name of names(from)) holders.set(name, [...(holders.get(name) ?? []), from.id])
  }
  return holders
}

/** Deletions of `ids` and of what stands on them: ports on their devices or bridge, nics in their containers. */
function withDependents(ids: ReadonlySet<ResourceId>, going: Going): ReadonlySet<ResourceId> {
  const all = new Set(ids)
  const gone = [...going.values()].map(({ from }) => from)
  for (const from of gone) if (from.kind === 'nic' && all.has(from.workload)) all.add(from.id)
  const devices = new Set<string>()
  for (const from of gone) {
    if (!all.has(from.id)) continue
    if (from.kind === 'nic') devices.add(from.hostName).add(from.name)
    if (from.kind === 'vtep') devices.add(from.device)
  }
  const bridges = new Set(gone.flatMap((from) => (from.kind === 'bridge' && all.has(from.id) ? [from.name] : [])))
  for (const from of gone)
    if (from.kind === 'port' && (devices.has(from.device) || bridges.has(from.bridge))) all.add(from.id)
  return all
}
