import type { HostId } from '#core/model/ids.ts'
import type { Log } from './log.ts'
import type { AppendMessage } from './messages.ts'
import type { Outbox } from './outbox.ts'
import type { Configuration, HardState, RaftConfig, RoleName } from './types.ts'

/**
 * How a leader feeds one peer. `probe`: where the logs match is not known, one message at a time (`sentAtMs` null: none is out).
 * `replicate`: known, messages follow each other without waiting. `snapshot`: one is out, nothing else helps the peer.
 */
type Flow =
  | { readonly type: 'probe'; readonly sentAtMs: number | null }
  | { readonly type: 'replicate' }
  | { readonly type: 'snapshot'; readonly sentAtMs: number }

/** What a leader knows of one peer. */
export interface Progress {
  /** The peer's log is known to equal ours up to here. */
  match: number
  /** The next entry to send. */
  next: number
  flow: Flow
  heardAtMs: number
  /** The commit index it was sent last. */
  commitTold: number
}

export interface Leader {
  readonly type: 'leader'
  /** Every other host of the configuration. */
  readonly peers: Map<HostId, Progress>
  heartbeatAtMs: number
  /** The append made last, and where the entries it was to carry end. */
  lastAppend: { readonly message: AppendMessage; readonly toIndex: number } | null
  /** While set, nothing is proposed (dissertation §3.10). */
  transfer: { readonly to: HostId; readonly untilMs: number } | null
}

/** The roles of Raft paper §5.1, and the pre-candidate of dissertation §9.6. */
type Role =
  | { readonly type: 'follower'; readonly leader: HostId | null }
  | { readonly type: 'pre-candidate'; readonly votes: Set<HostId> }
  | { readonly type: 'candidate'; readonly votes: Set<HostId> }
  | Leader

/** The one mutable thing; owned by `Raft`, changed only by the functions of this folder. */
export interface RaftState {
  readonly self: HostId
  readonly config: RaftConfig
  readonly random: () => number
  readonly log: Log
  readonly out: Outbox
  nowMs: number
  hard: HardState
  role: Role
  commitIndex: number
  /** When a host without a leader stands for election. */
  electionAtMs: number
  /** When a message of a leader last came; -Infinity for never. */
  leaderHeardAtMs: number
  /** How many more elections are tried soon, because the leader was lost rather than silent. */
  hastyElections: number
}

/** Elections a host tries soon after the connection to its leader broke; if they fail, others hear the leader and there is no haste. */
const HASTY_ELECTIONS = 3

/**
 * Draws a new time at which to stand for election: 1–2 election timeouts from now (Raft paper §5.2); 1/30–1/5 of one after the leader was lost,
 * for then its silence need not be waited for.
 */
export function resetElectionTimer(s: RaftState): void {
  const share = s.hastyElections > 0 ? 1 / 30 + s.random() / 6 : 1 + s.random()
  s.hastyElections = Math.max(0, s.hastyElections - 1)
  s.electionAtMs = s.nowMs + s.config.electionTimeoutMs * share
}

/**
 * Forgets a leader to which the connection broke off, and stands for election soon. Safe at any time: a pre-vote unseats no leader that a
 * majority still hears (dissertation §9.6), and that leader's next message brings this host back to it.
 */
export function loseLeader(s: RaftState): void {
  if (s.role.type !== 'follower' || s.role.leader === null) return
  s.role = { type: 'follower', leader: null }
  s.leaderHeardAtMs = Number.NEGATIVE_INFINITY
  s.hastyElections = HASTY_ELECTIONS
  resetElectionTimer(s)
}

/** Keeps a new term and vote. */
export function setHardState(s: RaftState, hard: HardState): void {
  if (hard.term === s.hard.term && hard.votedFor === s.hard.votedFor) return
  s.hard = hard
  s.out.keepHard(hard)
}

/** Follows `leader` in `term`, which is not lower than the own; a higher one brings a fresh vote (Raft paper §5.1). */
export function becomeFollower(s: RaftState, term: number, leader: HostId | null): void {
  if (term > s.hard.term) setHardState(s, { term, votedFor: null })
  if (s.role.type === 'leader') resetElectionTimer(s)
  if (s.role.type !== 'follower' || s.role.leader !== leader) s.role = { type: 'follower', leader }
}

/** Notes that the leader of this term spoke: no election for now. */
export function hearLeader(s: RaftState, leader: HostId): void {
  becomeFollower(s, s.hard.term, leader)
  s.leaderHeardAtMs = s.nowMs
  s.hastyElections = 0
  resetElectionTimer(s)
}

/** Commits up to `index`, which must be in the log; does nothing where that is committed already. */
export function commitTo(s: RaftState, index: number): void {
  if (index <= s.commitIndex) return
  const entries = s.log.slice(s.commitIndex + 1, index)
  s.commitIndex = index
  s.out.push({ type: 'commit', entries })
}

/** The other hosts of a configuration. */
export function peersOf(s: RaftState, configuration: Configuration): readonly HostId[] {
  return [...configuration.voters, ...configuration.learners].filter((host) => host !== s.self)
}

/** The role as the outside names it: a pre-candidate is a candidate, a follower without a vote a learner. */
export function roleName(s: RaftState): RoleName {
  if (s.role.type === 'leader') return 'leader'
  if (s.role.type !== 'follower') return 'candidate'
  return s.log.configuration.voters.includes(s.self) ? 'follower' : 'learner'
}

/** The leader this host follows, or itself; null while none is known. */
export function leaderOf(s: RaftState): HostId | null {
  if (s.role.type === 'leader') return s.self
  return s.role.type === 'follower' ? s.role.leader : null
}
