import type { Engine } from '#core/engine/engine.ts'
import { changedAt, currentStatusOf, generationOf, intentOf, statusKey, statusOf } from '#core/engine/labs.ts'
import type { Refusal } from '#core/engine/leader.ts'
import { REMOVED_HERE } from '#core/membership/removed.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId, SegmentId } from '#core/model/ids.ts'
import type { LabStatus } from '#core/model/lab.ts'
import type { HeartbeatBody, RosterEntry } from '#core/model/record.ts'
import type { HostCapacity } from '#core/placement/constraints.ts'
import type { OpenRecordKind, RecordView } from '#core/record/open.ts'
import { intentVersion } from '#core/record/version.ts'
import { labView } from '#core/view/view.ts'
import { BRIDGE_NAME, nicDevice, vtepDevice } from '#drivers/owner-mark.ts'
import { nameOf, noQuorum } from './consensus/quorum.ts'
import { capacity } from './planning.ts'
import type { CapacityView, HostView, LabView, Waiting } from './port.ts'

/** What a host has, what of it is promised to lab nodes and what is free. */
export const capacityView = ({ total, limit, promised, cpuFree, memFreeMiB }: HostCapacity): CapacityView => ({
  cpus: {
    total: total === undefined ? null : total.cpu / 100,
    limit: limit === undefined ? null : limit.cpu / 100,
    promised: (promised?.cpu ?? 0) / 100,
    free: cpuFree,
  },
  memoryMiB: {
    total: total?.mem ?? null,
    limit: limit?.mem ?? null,
    promised: promised?.mem ?? 0,
    free: memFreeMiB,
  },
})

/** Every host of the roster as this host believes it to be. */
export const hostViews = (engine: Engine, nowMs: number, version: string): readonly HostView[] => {
  const room = new Map(capacity(engine).map((one) => [one.id, one]))
  return (engine.roster?.hosts ?? []).map((host) => {
    const has = beatOf(engine, host.id) === undefined ? undefined : room.get(host.id)
    const belief = engine.membership.of(host.id)
    const beat = beatOf(engine, host.id)
    const own = host.id === engine.self
    const state = host.state === 'removed' ? 'left' : own ? 'alive' : (belief?.state ?? 'down')
    return {
      name: host.name,
      id: host.id,
      state,
      role: host.role,
      ageMs: own ? 0 : belief?.heardMs == null ? null : Math.max(0, Math.round(nowMs - belief.heardMs)),
      addresses: host.addresses,
      overlayAddress: host.overlayAddress,
      version: own ? version : (beat?.v ?? null),
      ...(host.drained === true && host.state === 'admitted' ? { drained: true } : {}),
      ...(beat?.caps === undefined ? {} : { capabilities: beat.caps }),
      ...(has === undefined ? {} : { capacity: capacityView(has) }),
      ...reasonOf(engine, host, belief?.reason),
    }
  })
}

const beatOf = (engine: Engine, host: HostId): HeartbeatBody | undefined =>
  engine.book.get('heartbeat', host)?.body as HeartbeatBody | undefined

const reasonOf = (engine: Engine, { id, state }: RosterEntry, reason = ''): { reason?: string } => {
  if (state !== 'removed') return reason === '' ? {} : { reason }
  return { reason: id === engine.self ? REMOVED_HERE : 'removed from the mesh' }
}

/** A suspected host may well be there: what it last told stands until it is called down. */
const isThere = (engine: Engine, host: HostId): boolean =>
  host === engine.self || engine.membership.of(host)?.state !== 'down'

/** Names of all labs that are wanted, or of which something is still there. */
const labNames = (engine: Engine): readonly string[] =>
  engine.book
    .of('intent')
    .filter((record) => record.body !== null || remains(engine, record.key).length > 0)
    .map((record) => record.key)
    .toSorted()

/** Hosts that are not called down and still have something of a lab. */
const remains = (engine: Engine, lab: string): readonly HostId[] =>
  (engine.roster?.hosts ?? [])
    .filter((host) => host.state === 'admitted' && isThere(engine, host.id))
    .filter((host) => statusOf(engine.book, host.id, lab) !== null)
    .map((host) => host.id)

/** Every lab that is wanted, or of which something is still there, by name. */
export const labViews = (engine: Engine): readonly LabView[] => labNames(engine).map((name) => viewLab(engine, name))

/** One lab as the mesh has it, from this host. Rejects with NOT_FOUND. */
export const viewLab = (engine: Engine, name: string): LabView => {
  const record = engine.book.get('intent', name)
  const intent = intentOf(record)
  if (record === undefined || (intent === null && remains(engine, name).length === 0))
    throw new MeshError('NOT_FOUND', `there is no lab named ${name}`)
  if (intent === null)
    return {
      name,
      state: 'down',
      generation: generationOf(record),
      ...changedAt(record),
      nodes: [],
      links: [],
      notes: leaving(engine, name),
    }
  const active = engine.active.get(name)
  const answered = active?.assignment.intentVersion === intentVersion(record.version)
  const waiting = answered ? undefined : waitingFor(engine, name, intentVersion(record.version))
  return labView({
    intent,
    generation: generationOf(record),
    ...changedAt(record),
    assignment: answered ? active.assignment : undefined,
    statuses: statuses(engine, name),
    roster: engine.roster?.hosts ?? [],
    isAlive: (host) => isThere(engine, host),
    underlayMtu: (host) => engine.underlayMtu(host),
    plugs: {
      bridge: BRIDGE_NAME,
      port: (lab, end, isTunnel) => (isTunnel ? vtepDevice(lab, end as string as SegmentId) : nicDevice(lab, end)),
    },
    ...(waiting === undefined ? {} : { waiting }),
  })
}

const leaving = (engine: Engine, name: string): readonly string[] =>
  remains(engine, name).map((host) => `${nameOf(engine, host)} is still taking it down`)

const statuses = (engine: Engine, lab: string): ReadonlyMap<HostId, LabStatus> =>
  new Map(
    (engine.roster?.hosts ?? []).flatMap((host) => {
      const status = currentStatusOf(engine.book, host.id, lab)
      return status === null ? [] : [[host.id, status] as const]
    }),
  )

/** Why the newest intent of a lab has no answer yet. */
const waitingFor = (engine: Engine, lab: string, version: string): Waiting | undefined => {
  const lost = noQuorum(engine)
  if (lost !== undefined) return { code: 'NO_QUORUM', message: lost }
  const { host } = engine.leader
  if (host === null) return undefined
  const refusal = (engine.book.get('status', statusKey(host, ''))?.body as Record<string, Refusal> | undefined)?.[lab]
  return refusal === undefined || refusal.intentVersion !== version
    ? undefined
    : { code: refusal.code, message: refusal.message }
}

/** A record this host holds, as it was signed. NOT_FOUND. */
export const recordView = (engine: Engine, kind: OpenRecordKind, key: string): RecordView => {
  const record = engine.book.get(kind, key)
  if (record === undefined) throw new MeshError('NOT_FOUND', `this host has no record ${kind} of ${key}`)
  return { ...record, authorName: nameOf(engine, record.author) }
}
