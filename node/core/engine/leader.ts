import type { Membership } from '../membership/membership.ts'
import { heir, mayVote, nextVoterChange, type VoterInput } from '../membership/voters.ts'
import { endpointKey, type HostId, type LabName } from '../model/ids.ts'
import type { Assignment, LabIntent } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { RecordDraft, RosterBody, RosterEntry, VerifiedRecord } from '../model/record.ts'
import { requestsOf } from '../placement/amounts.ts'
import { mgmtDemand, mgmtEndpoints, publishedPorts } from '../placement/mgmt.ts'
import { place, segmentsOf } from '../placement/place.ts'
import { standingOf } from '../placement/staying.ts'
import { TOMBSTONE_MS } from '../record/expire.ts'
import { compareVersions, intentVersion, parseIntentVersion } from '../record/version.ts'
import type { Adopt, Assign, Release, RoomLimit } from '../state/lab-commands.ts'
import { apply, type State } from '../state/machine.ts'
import { promisedByHost } from '../state/promises.ts'
import type { Book } from './book.ts'
import { capacities } from './capacity.ts'
import { understands } from './edition.ts'
import type { At } from './event.ts'
import { assignmentOf, intentOf } from './labs.ts'
import type { Replica } from './replica.ts'
import { mayStand } from './telling.ts'
import { underlayMtus } from './underlay.ts'

/** Why the leader cannot answer an intent; gossiped in its status record with key `<leader>/`. */
export interface Refusal {
  readonly code: 'PLACEMENT_IMPOSSIBLE' | 'POOL_EXHAUSTED' | 'MGMT_CONFLICT' | 'PORT_TAKEN'
  readonly message: string
  readonly intentVersion: string
}

export interface LeaderInput {
  readonly self: HostId
  readonly book: Book
  readonly replica: Replica
  readonly state: State
  readonly membership: Membership
  readonly at: At
}

/**
 * The command that answers `record`, or why there is none. Undefined where the log already has the answer and no node of it is to
 * leave the host it is on.
 */
export const answer = (record: VerifiedRecord, input: LeaderInput): Assign | Adopt | Release | Refusal | undefined => {
  const held = own(input.state.assignments, record.key as LabName)
  const intent = intentOf(record)
  const order = held === undefined ? 1 : compareVersions(record.version, parseIntentVersion(held.intentVersion) ?? [])
  if (order < 0) return undefined
  if (intent === null)
    return held === undefined || order === 0 ? undefined : { type: 'release', ...stamp('release', record, input) }
  if (order > 0) return adoption(record, input) ?? assigned(record, intent, { ...input, held })
  const mustMove = Object.values(held?.hosts ?? {}).some((host) => own(input.state.roster, host)?.drained === true)
  return mustMove ? moved(record, intent, { ...input, held }) : undefined
}

type WithHeld = LeaderInput & { readonly held: Assignment | undefined }

/** What every answer to `record` begins with. */
const stamp = (what: string, { key, version }: VerifiedRecord, { at }: LeaderInput) => ({
  requestId: `${what}/${key}/${version[0]}/${Math.trunc(at.nowMs)}`,
  nowMs: at.wallMs,
  lab: key as LabName,
  intentVersion: intentVersion(version),
})

const assigned = (record: VerifiedRecord, intent: LabIntent, input: WithHeld): Assign | Refusal => {
  const assignments = Object.values(input.state.assignments)
  const hosts = capacities(Object.values(input.state.roster), { ...input, assignments, except: intent.name })
  const placed = place({ intent, hosts, origin: record.author, ...standingOf(input.held) })
  if (!placed.ok)
    return {
      code: 'PLACEMENT_IMPOSSIBLE',
      message: placed.problems.map((problem) => problem.message).join('; '),
      intentVersion: intentVersion(record.version),
    }
  const endpoints = intent.segments.flatMap((segment) =>
    segment.endpoints.map((end) => endpointKey(end.node, end.interface)),
  )
  const underlay = underlayMtus(input.book)
  const mgmt = mgmtDemand(intent, placed.hosts, underlay)
  const published = publishedPorts(intent, placed.hosts)
  return {
    type: 'assign',
    ...stamp('assign', record, input),
    hosts: placed.hosts,
    segments: segmentsOf(intent, placed.hosts, underlay),
    endpoints: [...endpoints, ...mgmtEndpoints(intent)],
    ...(mgmt === undefined ? {} : { mgmt }),
    ...(published.length === 0 ? {} : { published }),
    requests: requestsOf(intent),
    ...limitsWith(
      placed.limits,
      assignments.filter(({ lab }) => lab !== intent.name),
    ),
  }
}

/** The log then refuses a lab for which the room is gone when its turn comes; it is placed again. */
const limitsWith = (
  limits: Readonly<Record<HostId, RoomLimit>>,
  others: readonly Assignment[],
): Pick<Assign, 'limits'> => {
  const promised = promisedByHost(others)
  const rows = Object.entries(limits).map(([host, { cpu, mem }]) => {
    const there = promised.get(host as HostId) ?? { cpu: 0, mem: 0 }
    const limit: RoomLimit = {
      ...(cpu === undefined ? {} : { cpu: cpu + there.cpu }),
      ...(mem === undefined ? {} : { mem: mem + there.mem }),
    }
    return [host, limit] as const
  })
  return rows.length === 0 ? {} : { limits: Object.fromEntries(rows) }
}

/**
 * Takes over what an earlier epoch decided for this very intent and only the lost hosts knew: a host that was away tells it, and may be
 * running it. Undefined where there is no such decision, or the log would refuse it.
 */
const adoption = (record: VerifiedRecord, { book, state, at }: LeaderInput): Adopt | undefined => {
  const assignment = assignmentOf(book.get('assignment', record.key))
  if (assignment === null || assignment.epoch >= state.epoch) return undefined
  if (assignment.intentVersion !== intentVersion(record.version)) return undefined
  const requestId = `adopt/${record.key}/${record.version[0]}/${Math.trunc(at.nowMs)}`
  const command: Adopt = { type: 'adopt', requestId, nowMs: at.wallMs, assignment }
  return apply(state, { index: 0, term: 0 }, command).result.ok ? command : undefined
}

/** The same version, on other hosts; undefined where every node stays where it is. */
const moved = (record: VerifiedRecord, intent: LabIntent, input: WithHeld): Assign | undefined => {
  const command = assigned(record, intent, input)
  if (!('type' in command)) return undefined
  const before: Readonly<Record<string, HostId>> = input.held?.hosts ?? {}
  return Object.entries(command.hosts).some(([node, host]) => own(before, node) !== host) ? command : undefined
}

/** Records of what the log decided that the mesh does not have yet: a new leader publishes again what its state says. */
export const decided = (input: LeaderInput): readonly RecordDraft[] => {
  const drafts: RecordDraft[] = []
  for (const assignment of Object.values(input.state.assignments)) {
    const version = [assignment.epoch, assignment.term, assignment.index]
    const known = input.book.get('assignment', assignment.lab)
    if (known === undefined || assignmentOf(known) === null || compareVersions(version, known.version) > 0)
      drafts.push({ kind: 'assignment', key: assignment.lab, version, expiresAtMs: 0, body: assignment })
    else if (!mayStand(input.state, known, input.self)) drafts.push(...toldAgain(known, assignment, input))
  }
  for (const record of input.book.of('assignment')) {
    if (record.body === null || own(input.state.assignments, record.key) !== undefined) continue
    if (mayBeAdopted(record, input)) continue
    const version = [input.state.epoch, input.replica.status.term, input.replica.status.commitIndex]
    if (compareVersions(version, record.version) > 0)
      drafts.push({
        kind: 'assignment',
        key: record.key,
        version,
        expiresAtMs: input.at.wallMs + TOMBSTONE_MS,
        body: null,
      })
  }
  const roster = rosterDraft(input)
  return roster === undefined ? drafts : [...drafts, roster]
}

/** The same decision with a version of now: hosts that join do not believe one whose author was removed. */
const toldAgain = (
  known: VerifiedRecord,
  body: Assignment,
  { state, replica }: LeaderInput,
): readonly RecordDraft[] => {
  const version = [state.epoch, replica.status.term, replica.status.commitIndex]
  if (compareVersions(version, known.version) <= 0) return []
  return [{ kind: 'assignment', key: known.key, version, expiresAtMs: 0, body }]
}

/** Whether a decision of an earlier epoch may yet be taken over: also where its intent has not come yet. */
const mayBeAdopted = (record: VerifiedRecord, input: LeaderInput): boolean => {
  const epoch = assignmentOf(record)?.epoch ?? input.state.epoch
  if (epoch >= input.state.epoch) return false
  const intent = input.book.get('intent', record.key)
  return intent === undefined || (intentOf(intent) !== null && adoption(intent, input) !== undefined)
}

const rosterDraft = (input: LeaderInput): RecordDraft | undefined => {
  const known = input.book.get('roster', 'mesh')?.body as RosterBody | undefined
  const hosts = Object.values(input.state.roster).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const { term, commitIndex, configuration } = input.replica.status
  const voters = configuration.voters.toSorted()
  if (
    known !== undefined &&
    JSON.stringify([known.hosts, known.voters, known.epoch]) === JSON.stringify([hosts, voters, input.state.epoch])
  )
    return undefined
  const body: RosterBody = {
    meshId: input.state.meshId,
    epoch: input.state.epoch,
    term,
    index: commitIndex,
    voters,
    hosts,
  }
  return { kind: 'roster', key: 'mesh', version: [input.state.epoch, term, commitIndex], expiresAtMs: 0, body }
}

/** The next change of voters, if one is due. `replaceAfterMs`: how long a voter may be down. */
export const voterChange = (input: LeaderInput, replaceAfterMs: number): ReturnType<typeof nextVoterChange> => {
  const { commitIndex, matchIndex } = input.replica.status
  return nextVoterChange({
    ...standing(input),
    replaceAfterMs,
    downForMs: (host) => {
      const belief = input.membership.of(host)
      return belief?.state === 'down' ? input.at.nowMs - belief.sinceMs : 0
    },
    isReady: (host) => (matchIndex.get(host) ?? 0) >= commitIndex - READY_ENTRIES,
    understands: (host) => understands(host, input.state.edition, input),
  })
}

/** A learner that lacks more of the log is not given a vote while another lacks less. */
const READY_ENTRIES = 16

const standing = (input: LeaderInput): Pick<VoterInput, 'leader' | 'voters' | 'learners' | 'roster' | 'isAlive'> => ({
  leader: input.self,
  voters: input.replica.status.configuration.voters,
  learners: input.replica.status.configuration.learners,
  roster: Object.values(input.state.roster),
  isAlive: (host) => host === input.self || input.membership.isAlive(host),
})

/** Who is to lead instead of this host, where it may not go on: it is drained or removed. */
export const successor = (input: LeaderInput): HostId | undefined => {
  const entry = (host: HostId): RosterEntry | undefined => own(input.state.roster, host)
  if (mayVote(entry(input.self))) return undefined
  const next = bestHeir(input)
  return next !== undefined && mayVote(entry(next)) ? next : undefined
}

/** The voter that could lead best if this host stopped now. */
export const bestHeir = (input: LeaderInput): HostId | undefined => {
  const { matchIndex } = input.replica.status
  return heir({ ...standing(input), matchOf: (host) => matchIndex.get(host) ?? 0 })
}
