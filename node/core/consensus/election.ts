import type { HostId } from '#core/model/ids.ts'
import type { PreVoteMessage, PreVoteReply, VoteMessage, VoteReply } from './messages.ts'
import { isMajority } from './quorum.ts'
import { appendOwn } from './replication.ts'
import { becomeFollower, type Leader, type RaftState, resetElectionTimer, setHardState } from './state.ts'

// Leader election, Raft paper §5.2 and §5.4.1; pre-vote, dissertation §9.6; servers that disturb, §4.2.3.

/** Stands for election when the time has come and this host may; otherwise only forgets a leader that fell silent. */
export function tickElection(s: RaftState): void {
  if (s.nowMs < s.electionAtMs) return
  if (mayCampaign(s)) startPreVote(s)
  else {
    resetElectionTimer(s)
    becomeFollower(s, s.hard.term, null)
  }
}

/** Voters do; so does one whose removal is not committed, for nobody else may have that entry (dissertation §4.2.2). */
function mayCampaign(s: RaftState): boolean {
  if (s.log.configuration.voters.includes(s.self)) return true
  return s.log.configurationIndex > s.commitIndex && s.log.previousConfiguration.voters.includes(s.self)
}

function startPreVote(s: RaftState): void {
  const votes = new Set([s.self])
  s.role = { type: 'pre-candidate', votes }
  resetElectionTimer(s)
  if (hasWon(s, votes)) campaign(s, false)
  else askVoters(s, { type: 'pre-vote', term: s.hard.term + 1, ...logEnd(s) })
}

function campaign(s: RaftState, transfer: boolean): void {
  setHardState(s, { term: s.hard.term + 1, votedFor: s.self })
  const votes = new Set([s.self])
  s.role = { type: 'candidate', votes }
  resetElectionTimer(s)
  if (hasWon(s, votes)) lead(s)
  else askVoters(s, { type: 'vote', term: s.hard.term, ...logEnd(s), transfer })
}

/** A new leader's first entry is its own, so that it can commit what came before (Raft paper §8). */
function lead(s: RaftState): void {
  const leader: Leader = {
    type: 'leader',
    peers: new Map(),
    heartbeatAtMs: s.nowMs + s.config.heartbeatMs,
    lastAppend: null,
    transfer: null,
  }
  s.role = leader
  appendOwn(s, leader, [{ type: 'noop' }])
}

function askVoters(s: RaftState, message: PreVoteMessage | VoteMessage): void {
  for (const voter of s.log.configuration.voters) if (voter !== s.self) s.out.send(voter, message)
}

function logEnd(s: RaftState): { readonly lastIndex: number; readonly lastTerm: number } {
  return { lastIndex: s.log.lastIndex, lastTerm: s.log.lastTerm }
}

function hasWon(s: RaftState, votes: ReadonlySet<HostId>): boolean {
  return isMajority(s.log.configuration.voters, (host) => votes.has(host))
}

/** Says whether a vote would be given; binds to nothing. */
export function onPreVote(s: RaftState, from: HostId, message: PreVoteMessage): void {
  const granted = message.term > s.hard.term && isUpToDate(s, message) && !hearsLeader(s)
  s.out.send(from, { type: 'pre-vote-reply', term: s.hard.term, asked: message.term, granted })
}

/** Counts answers to the pre-vote that runs; a majority makes a candidate. */
export function onPreVoteReply(s: RaftState, from: HostId, message: PreVoteReply): void {
  if (s.role.type !== 'pre-candidate' || !message.granted || message.asked !== s.hard.term + 1) return
  s.role.votes.add(from)
  if (hasWon(s, s.role.votes)) campaign(s, false)
}

/** Whether to pass over a vote request entirely, its term as well: we hear a leader, and it did not ask for this (dissertation §4.2.3). */
export function isDisturbance(s: RaftState, message: VoteMessage): boolean {
  return message.term > s.hard.term && !message.transfer && hearsLeader(s)
}

/** Gives at most one vote in the current term, and only to a log that lacks nothing committed (Raft paper §5.4.1). */
export function onVote(s: RaftState, from: HostId, message: VoteMessage): void {
  const isFree = s.hard.votedFor === null || s.hard.votedFor === from
  const granted = message.term === s.hard.term && isFree && isUpToDate(s, message)
  if (granted) {
    if (s.role.type === 'pre-candidate') becomeFollower(s, s.hard.term, null)
    setHardState(s, { term: s.hard.term, votedFor: from })
    resetElectionTimer(s)
  }
  s.out.send(from, { type: 'vote-reply', term: s.hard.term, granted })
}

/** Counts votes of the current term; a majority makes the leader. */
export function onVoteReply(s: RaftState, from: HostId, message: VoteReply): void {
  if (s.role.type !== 'candidate' || !message.granted) return
  s.role.votes.add(from)
  if (hasWon(s, s.role.votes)) lead(s)
}

/** Stands for election at once, because the leader of this term asks for it. */
export function onTimeoutNow(s: RaftState): void {
  if (s.role.type !== 'leader' && mayCampaign(s)) campaign(s, true)
}

/** At least as up-to-date as ours: a higher last term, or the same and not shorter. */
function isUpToDate(s: RaftState, { lastTerm, lastIndex }: PreVoteMessage | VoteMessage): boolean {
  return lastTerm > s.log.lastTerm || (lastTerm === s.log.lastTerm && lastIndex >= s.log.lastIndex)
}

function hearsLeader(s: RaftState): boolean {
  return s.role.type === 'leader' || s.nowMs - s.leaderHeardAtMs < s.config.electionTimeoutMs
}
