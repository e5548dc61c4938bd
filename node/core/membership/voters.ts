import type { HostId } from '../model/ids.ts'
import type { RosterEntry } from '../model/record.ts'

/** A voter silent for this long is replaced while a majority stands. */
export const REPLACE_VOTER_AFTER_MS = 600_000

export type VoterChange = { readonly type: 'add-learner' | 'promote' | 'remove' | 'demote'; readonly host: HostId }

export interface VoterInput {
  readonly leader: HostId
  readonly voters: readonly HostId[]
  readonly learners: readonly HostId[]
  readonly roster: readonly RosterEntry[]
  isAlive(host: HostId): boolean
  /** How long a host has been down, 0 where it is not. */
  downForMs(host: HostId): number
}

/** One voter of one or two core hosts, three of three to six, five from seven on: one loss of two must cost nothing. */
export const voterCount = (cores: number): number => (cores < 3 ? 1 : cores < 7 ? 3 : 5)

/** The next single change that brings voters and learners nearer to the core hosts, or nothing. One at a time (Raft dissertation §4.1). */
export const nextVoterChange = (input: VoterInput): VoterChange | undefined => {
  const cores = input.roster.filter((host) => host.role === 'core' && host.state === 'admitted').map((host) => host.id)
  const members = [...input.voters, ...input.learners]
  const gone = members.find((host) => !cores.includes(host) && host !== input.leader)
  if (gone !== undefined) return { type: 'remove', host: gone }
  const missing = cores.find((host) => !members.includes(host))
  if (missing !== undefined) return { type: 'add-learner', host: missing }
  const spare = input.learners.filter((host) => input.isAlive(host)).toSorted()[0]
  const wanted = voterCount(cores.length)
  if (input.voters.length < wanted) return spare === undefined ? undefined : { type: 'promote', host: spare }
  const dead = input.voters.find((host) => input.downForMs(host) > REPLACE_VOTER_AFTER_MS)
  if (dead !== undefined && spare !== undefined) return { type: 'demote', host: dead }
  const surplus = input.voters
    .filter((host) => host !== input.leader)
    .toSorted()
    .at(-1)
  return input.voters.length > wanted && surplus !== undefined ? { type: 'demote', host: surplus } : undefined
}
