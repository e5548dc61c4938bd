import type { HostId } from '#core/model/ids.ts'
import { appendOwn } from './replication.ts'
import type { Leader, RaftState } from './state.ts'
import type { Configuration } from './types.ts'

// Cluster membership changes, dissertation §4: one server at a time, new ones as learners first (§4.2.1).

/** One host added, given a vote, deprived of it, or removed. */
export interface MembershipChange {
  readonly type: 'add-learner' | 'promote' | 'demote' | 'remove'
  readonly host: HostId
}

/** Why a change is not made now. The first four pass by themselves. */
export type MembershipRefusal =
  | 'NOT_LEADER'
  | 'CHANGE_PENDING'
  | 'TERM_NOT_COMMITTED'
  | 'NOT_CAUGHT_UP'
  | 'ALREADY_MEMBER'
  | 'NOT_LEARNER'
  | 'NOT_VOTER'
  | 'NOT_MEMBER'
  | 'LAST_VOTER'

/** Entries a learner may lack and still get a vote: it has them within a round or two. */
const CAUGHT_UP_ENTRIES = 16

/** Appends the changed configuration, which holds at once; or says why not. */
export function appendChange(s: RaftState, leader: Leader, change: MembershipChange): MembershipRefusal | undefined {
  const refusal = notNow(s, leader) ?? whyNot(s, leader, change)
  if (refusal !== undefined) return refusal
  const configuration = changed(s.log.configuration, change)
  appendOwn(s, leader, [{ type: 'configuration', configuration }])
  return undefined
}

/** Two changes under way, or one before the new leader's term is committed, could make two majorities that never meet (dissertation §4.1). */
function notNow(s: RaftState, leader: Leader): MembershipRefusal | undefined {
  if (leader.transfer !== null) return 'NOT_LEADER'
  if (s.log.configurationIndex > s.commitIndex) return 'CHANGE_PENDING'
  return s.log.termAt(s.commitIndex) === s.hard.term ? undefined : 'TERM_NOT_COMMITTED'
}

function whyNot(s: RaftState, leader: Leader, { type, host }: MembershipChange): MembershipRefusal | undefined {
  const { voters, learners } = s.log.configuration
  const isVoter = voters.includes(host)
  const isLearner = learners.includes(host)
  if (type === 'add-learner') return isVoter || isLearner ? 'ALREADY_MEMBER' : undefined
  if (type === 'promote') {
    if (!isLearner) return 'NOT_LEARNER'
    return isCaughtUp(s, leader, host) ? undefined : 'NOT_CAUGHT_UP'
  }
  if (type === 'demote' && !isVoter) return 'NOT_VOTER'
  if (!isVoter && !isLearner) return 'NOT_MEMBER'
  return isVoter && voters.length === 1 ? 'LAST_VOTER' : undefined
}

/** Has all but a few of the committed entries, and spoke within an election timeout. */
function isCaughtUp(s: RaftState, leader: Leader, host: HostId): boolean {
  const progress = leader.peers.get(host)
  if (progress === undefined || progress.flow.type !== 'replicate') return false
  const isNear = progress.match >= s.commitIndex - CAUGHT_UP_ENTRIES
  return isNear && s.nowMs - progress.heardAtMs < s.config.electionTimeoutMs
}

/** The configuration after `change`, which must be allowed. Pure. */
export function changed({ voters, learners }: Configuration, { type, host }: MembershipChange): Configuration {
  const otherVoters = voters.filter((other) => other !== host)
  const otherLearners = learners.filter((other) => other !== host)
  switch (type) {
    case 'add-learner':
    case 'demote':
      return { voters: otherVoters, learners: [...otherLearners, host] }
    case 'promote':
      return { voters: [...otherVoters, host], learners: otherLearners }
    case 'remove':
      return { voters: otherVoters, learners: otherLearners }
  }
}
