import type { Engine } from '#core/engine/engine.ts'
import { capacities } from '#core/engine/leader.ts'
import { MeshError } from '#core/model/errors.ts'
import type { LabIntent } from '#core/model/lab.ts'
import { place, segmentsOf } from '#core/placement/place.ts'
import { canonical } from '#core/record/canonical.ts'
import type { PlanView } from './port.ts'
import { nameOf } from './quorum.ts'

/** What placement knows of every host, from this one. */
export const capacity = (engine: Engine) =>
  capacities(engine.roster?.hosts ?? [], {
    self: engine.self,
    book: engine.book,
    membership: engine.membership,
    assignments: [...engine.active.values()].map((active) => active.assignment),
  })

/** Where every node of `intent` would go now. Throws PLACEMENT_IMPOSSIBLE with every reason. */
export const placeNow = (engine: Engine, intent: LabIntent) => {
  const held = engine.active.get(intent.name)
  const placed = place({
    intent,
    hosts: capacity(engine),
    ...(held === undefined ? {} : { current: held.assignment.hosts }),
  })
  if (placed.ok) return placed
  const message = placed.problems.map((problem) => problem.message).join('\n')
  throw new MeshError('PLACEMENT_IMPOSSIBLE', message, { problems: placed.problems })
}

/** What submitting `intent` would do now. */
export const planView = (engine: Engine, intent: LabIntent): PlanView => {
  const placed = placeNow(engine, intent)
  const held = engine.active.get(intent.name)
  const before = new Map((held?.intent.nodes ?? []).map((node) => [node.name, node]))
  const linksBefore = new Set((held?.intent.links ?? []).map((link) => link.id))
  const segments = new Map(segmentsOf(intent, placed.hosts).map((segment) => [segment.id, segment]))
  return {
    lab: intent.name,
    nodes: intent.nodes
      .filter((node) => node.kind !== 'bridge')
      .map((node) => {
        const old = before.get(node.name)
        const host = placed.hosts[node.name]
        const moved = held !== undefined && held.assignment.hosts[node.name] !== host
        const change =
          old === undefined ? 'create' : moved ? 'move' : canonical(old) === canonical(node) ? 'keep' : 'recreate'
        return {
          name: node.name,
          host: host === undefined ? '' : nameOf(engine, host),
          reason: placed.reasons[node.name] ?? '',
          change,
        }
      }),
    removed: [...before.keys()].filter((name) => !intent.nodes.some((node) => node.name === name)),
    links: intent.links.map((link) => ({
      id: link.id,
      crossHost: (segments.get(link.segment)?.hosts.length ?? 0) > 1,
      mtu: segments.get(link.segment)?.mtuBytes ?? 0,
      change: linksBefore.has(link.id) ? 'keep' : 'create',
    })),
    removedLinks: [...linksBefore].filter((id) => !intent.links.some((link) => link.id === id)),
  }
}
