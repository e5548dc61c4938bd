import { capacities } from '#core/engine/capacity.ts'
import type { Engine } from '#core/engine/engine.ts'
import { generationOf } from '#core/engine/labs.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId, LabName } from '#core/model/ids.ts'
import type { Assignment, LabIntent } from '#core/model/lab.ts'
import { own } from '#core/model/own.ts'
import type { Resource } from '#core/model/resource.ts'
import type { HostScore } from '#core/placement/constraints.ts'
import { largeLinkNotes, largeLinks, pathMtuBytes, type UnderlayMtu } from '#core/placement/mtu.ts'
import { type HostCapacity, place } from '#core/placement/place.ts'
import { standingOf } from '#core/placement/staying.ts'
import type { WantedLab } from '#core/plan/desired-input.ts'
import { formerAddresses } from '#core/plan/former-addresses.ts'
import { labChanges } from '#core/plan/lab-changes.ts'
import { Placeholders } from '#core/plan/placeholders.ts'
import { savedNotes } from '#core/plan/start-files.ts'
import { tentative } from '#core/plan/tentative.ts'
import { savesOf } from '#core/saved/saved.ts'
import { nameOf } from './consensus/quorum.ts'
import type { PlanView } from './port.ts'

/** Everything a host must have for these labs, given what is there. */
export type DesiredOn = (host: HostId, labs: readonly WantedLab[], seen: readonly Resource[]) => readonly Resource[]

/** A plan, and what it is made from. */
export interface Planned {
  readonly view: PlanView
  /** What the leader would answer, as far as anybody can say. */
  readonly assignment: Assignment
  readonly placeholders: Placeholders
  /** Of its notes those about links that ask for more than their way carries whole. */
  readonly large: readonly string[]
}

/** What placement knows of every host, from this one, for a lab that is to be placed. */
export const capacity = (engine: Engine, lab?: LabName): readonly HostCapacity[] =>
  capacities(engine.roster?.hosts ?? [], {
    self: engine.self,
    book: engine.book,
    membership: engine.membership,
    assignments: [...engine.active.values()].map((active) => active.assignment),
    ...(lab === undefined ? {} : { except: lab }),
  })

/** Where every node of `intent` would go now. Throws PLACEMENT_IMPOSSIBLE with every reason. */
const placeNow = (engine: Engine, intent: LabIntent) => {
  const held = engine.active.get(intent.name)
  const placed = place({
    intent,
    hosts: capacity(engine, intent.name),
    origin: engine.self,
    ...standingOf(held?.assignment),
  })
  if (placed.ok) return placed
  const message = placed.problems.map((problem) => problem.message).join('\n')
  throw new MeshError('PLACEMENT_IMPOSSIBLE', message, { problems: placed.problems })
}

/** What submitting `intent` would do now to a lab that is as it should be. Throws PLACEMENT_IMPOSSIBLE. */
export const planLab = (engine: Engine, intent: LabIntent, desiredOn: DesiredOn): Planned => {
  const { hosts, reasons, scores } = placeNow(engine, intent)
  const before = engine.active.get(intent.name)
  const placeholders = new Placeholders()
  const name = (host: HostId): string => nameOf(engine, host)
  const underlay: UnderlayMtu = (host) => engine.underlayMtu(host)
  const others = [...engine.active.values()].flatMap((one) =>
    one.intent.name === intent.name ? [] : (one.assignment.mgmt ?? []),
  )
  const held = before?.assignment
  const assignment = tentative({ intent, hosts, held, others, placeholders, underlay, nameOf: name })
  const former = formerAddresses(before, intent)
  const after = { intent, assignment, ...(former === undefined ? {} : { former }) }
  const changes = labChanges({
    before,
    after,
    desiredOn: (host, lab) => desiredOn(host, lab === undefined ? [] : [lab], []),
    nameOf: name,
  })
  const isMade = ({ change }: { readonly change: string }): boolean => ['create', 'recreate', 'move'].includes(change)
  const made = new Set(changes.nodes.filter(isMade).map((node) => node.name))
  const large = largeLinkNotes(largeLinks(intent, assignment.segments, underlay), name)
  const notes = [...large, ...savedNotes(intent, made, savesOf(engine.book.get('saves', intent.name)))]
  const view: PlanView = {
    lab: intent.name,
    running: before === undefined ? null : generationOf(engine.book.get('intent', intent.name)),
    nodes: changes.nodes.map(({ why, ...node }) => {
      const host = own(hosts, node.name) ?? (before && own(before.assignment.hosts, node.name))
      return {
        ...node,
        host: host === undefined ? '' : name(host),
        reason: own(reasons, node.name) ?? '',
        ...scoresOf(own(scores, node.name)),
        why: placeholders.shown(why),
      }
    }),
    links: changes.links.map(({ why, ...link }) => ({
      ...link,
      ...runs(link.id, link.change === 'remove' ? before : after, { name, underlay }),
      why: placeholders.shown(why),
    })),
    files: changes.files,
    ...(notes.length === 0 ? {} : { notes }),
  }
  return { view, assignment, placeholders, large }
}

const scoresOf = (scores: readonly HostScore[] | undefined): { scores?: readonly HostScore[] } =>
  scores === undefined ? {} : { scores }

/** Where a link runs, and what fits through it. */
const runs = (
  id: string,
  lab: WantedLab | undefined,
  { name, underlay }: { name(host: HostId): string; readonly underlay: UnderlayMtu },
) => {
  const link = lab?.intent.links.find((one) => one.id === id)
  const given = link && lab && own(lab.assignment.segments, link.segment)
  const ids = Object.keys(given?.vlans ?? {}) as HostId[]
  const path = ids.length > 1 ? { pathMtu: pathMtuBytes(ids, underlay) } : {}
  return { crossHost: ids.length > 1, hosts: ids.map(name).toSorted(), mtu: given?.mtuBytes ?? 0, ...path }
}
