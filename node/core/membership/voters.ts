import { isMajority } from '../consensus/quorum.ts'
import type { HostId } from '../model/ids.ts'
import type { RosterEntry } from '../model/record.ts'

/** A voter silent for this long is replaced while a majority stands, unless the configuration says otherwise. */
export const REPLACE_VOTER_AFTER_MS = 600_000

export type VoterChange = { readonly type: 'add-learner' | 'promote' | 'remove' | 'demote'; readonly host: HostId }

export interface VoterInput {
  readonly leader: HostId
  readonly voters: readonly HostId[]
  readonly learners: readonly HostId[]
  readonly roster: readonly RosterEntry[]
  /** How long a voter may be down before another host gets its vote. */
  readonly replaceAfterMs: number
  isAlive(host: HostId): boolean
  /** How long a host has been down, 0 where it is not. */
  downForMs(host: HostId): number
  /** Whether a learner has nearly all of the log, so that it may be given a vote now. */
  isReady(host: HostId): boolean
  /** Whether a host knows all that is in the log: one that does not would hand on a state that lacks it. */
  understands(host: HostId): boolean
}

/** One voter of one or two core hosts, three of three to six, five from seven on: one loss of two must cost nothing. */
export const voterCount = (cores: number): number => (cores < 3 ? 1 : cores < 7 ? 3 : 5)

/** Whether a host of the roster may have a vote: an admitted core host that is not drained. */
export const mayVote = (host: RosterEntry | undefined): boolean =>
  host !== undefined && host.role === 'core' && host.state === 'admitted' && host.drained !== true

/**
 * The next single change that brings voters and learners nearer to the core hosts, or nothing (one at a time: Raft dissertation §4.1).
 * The leader never takes its own vote: where it must lose it, it hands over first. Nothing while no majority is alive, and never a
 * change that leaves a configuration whose majority is not.
 */
export const nextVoterChange = (input: VoterInput): VoterChange | undefined => {
  const isThere = (host: HostId): boolean => host === input.leader || input.isAlive(host)
  if (!isMajority(input.voters, isThere)) return undefined
  const after = (change: VoterChange): readonly HostId[] => votersAfter(input.voters, change)
  return candidates(input, isThere).find((change) => isMajority(after(change), isThere))
}

/** What could be done next, most urgent first. */
const candidates = (input: VoterInput, isThere: (host: HostId) => boolean): readonly VoterChange[] => {
  const cores = input.roster.filter(({ role, state }) => role === 'core' && state === 'admitted').map(({ id }) => id)
  const isCore = (host: HostId): boolean => cores.includes(host)
  const members = [...input.voters, ...input.learners]
  const sight = lookAt(input)
  const { staying, leaving, wanted } = sight
  const silentFirst = (a: HostId, b: HostId): number => Number(isThere(a)) - Number(isThere(b))
  const surplus = staying.length > wanted ? staying.filter((host) => host !== input.leader) : []
  return [
    ...changes('remove', input.learners.filter((host) => !isCore(host)).toSorted()),
    ...changes('add-learner', cores.filter((host) => !members.includes(host) && input.understands(host)).toSorted()),
    ...(mayGrow(input, sight, isThere) ? changes('promote', sight.spares.slice(0, 1)) : []),
    ...leaving
      .toSorted((a, b) => silentFirst(a, b) || order(a, b))
      .flatMap((host) => changes(isCore(host) ? 'demote' : 'remove', [host])),
    ...changes(
      'demote',
      surplus.toSorted((a, b) => silentFirst(a, b) || order(b, a)),
    ),
  ]
}

interface Sight {
  /** How many voters there should be. */
  readonly wanted: number
  /** Voters that keep their vote. */
  readonly staying: readonly HostId[]
  /** Voters that are to lose it; never the leader. */
  readonly leaving: readonly HostId[]
  /** Learners that could take a vote, in the order in which they get it. */
  readonly spares: readonly HostId[]
}

const lookAt = (input: VoterInput): Sight => {
  const { leader, voters, roster } = input
  const allowed = new Set(roster.filter(mayVote).map(({ id }) => id))
  const inRoster = (host: HostId): boolean => roster.some(({ id, state }) => id === host && state === 'admitted')
  const spares = input.learners
    .filter((host) => allowed.has(host) && input.isAlive(host))
    .toSorted((a, b) => Number(input.isReady(b)) - Number(input.isReady(a)) || order(a, b))
  // Where every core host is drained somebody must decide all the same.
  const isUnwanted = (host: HostId): boolean => !inRoster(host) || (!allowed.has(host) && allowed.size > 0)
  const dead = voters.filter((host) => allowed.has(host) && input.downForMs(host) > input.replaceAfterMs).toSorted()
  // A dead voter that nobody can replace keeps its vote: it counts again the moment it is back.
  const replaced = dead.slice(0, spares.length)
  const leaving = voters.filter((host) => host !== leader && (isUnwanted(host) || replaced.includes(host)))
  const staying = voters.filter((host) => allowed.has(host) && !leaving.includes(host))
  return { wanted: voterCount(allowed.size), staying, leaving, spares }
}

/**
 * Whether to give a vote now. Before one is taken from a host that is there its heir has it, so that the mesh bears as many losses
 * meanwhile. Without a vote to replace, only where the number becomes odd: an even number bears no more losses than one less.
 */
const mayGrow = (
  { voters, leader }: VoterInput,
  { wanted, staying, leaving, spares }: Sight,
  isThere: (host: HostId) => boolean,
): boolean => {
  if (staying.length >= wanted) return false
  if (leaving.length > 0) return voters.length < wanted || leaving.every(isThere)
  if (!staying.includes(leader) || voters.length % 2 === 0) return true
  return Math.min(wanted, voters.length + spares.length) >= voters.length + 2
}

const changes = (type: VoterChange['type'], hosts: readonly HostId[]): readonly VoterChange[] =>
  hosts.map((host) => ({ type, host }))

const votersAfter = (voters: readonly HostId[], { type, host }: VoterChange): readonly HostId[] => {
  if (type === 'add-learner') return voters
  const others = voters.filter((other) => other !== host)
  return type === 'promote' ? [...others, host] : others
}

const order = (a: string, b: string): -1 | 0 | 1 => (a === b ? 0 : a < b ? -1 : 1)

/**
 * The voter to hand leadership to: the one with most of the log of those that are alive, one that may keep its vote before one that
 * may not. Undefined where no other voter is alive. `matchOf`: the last entry a voter is known to have.
 */
export const heir = (
  input: Pick<VoterInput, 'leader' | 'voters' | 'roster' | 'isAlive'> & { matchOf(host: HostId): number },
): HostId | undefined => {
  const keeps = (host: HostId): number => Number(mayVote(input.roster.find(({ id }) => id === host)))
  return input.voters
    .filter((host) => host !== input.leader && input.isAlive(host))
    .toSorted((a, b) => keeps(b) - keeps(a) || input.matchOf(b) - input.matchOf(a) || order(a, b))[0]
}
