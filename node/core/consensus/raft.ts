import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import {
  isDisturbance,
  onPreVote,
  onPreVoteReply,
  onTimeoutNow,
  onVote,
  onVoteReply,
  tickElection,
} from './election.ts'
import { appendEntries, refuse } from './follow.ts'
import { Log } from './log.ts'
import { appendChange, type MembershipChange, type MembershipRefusal } from './membership.ts'
import type { Message } from './messages.ts'
import { Outbox } from './outbox.ts'
import { appendOwn, onAppendOk, onAppendRefused, startTransfer, tickLeader } from './replication.ts'
import { compactLog, installSnapshot } from './snapshot.ts'
import { becomeFollower, leaderOf, loseLeader, type RaftState, resetElectionTimer, roleName } from './state.ts'
import type { Configuration, Entry, Persisted, RaftConfig, RaftEffect, RoleName } from './types.ts'

export type { MembershipChange, MembershipRefusal } from './membership.ts'

/** `random` gives numbers in [0, 1); with the same draws and calls a Raft does the same. */
export interface RaftOptions {
  readonly self: HostId
  readonly config: RaftConfig
  readonly persisted: Persisted
  readonly nowMs: number
  readonly random: () => number
}

/** What one host knows now. The maps are empty unless it leads, and then hold every peer, learners too. */
export interface RaftStatus {
  readonly role: RoleName
  readonly term: number
  readonly leader: HostId | null
  readonly commitIndex: number
  readonly lastIndex: number
  readonly snapshotIndex: number
  /** The latest, committed or not. */
  readonly configuration: Configuration
  /** When each peer was last heard, on the clock of `nowMs`; the time of becoming leader where it was not yet. */
  readonly lastHeardMs: ReadonlyMap<HostId, number>
  readonly matchIndex: ReadonlyMap<HostId, number>
}

export type ProposeResult =
  | {
      readonly effects: readonly RaftEffect[]
      readonly accepted: readonly { readonly index: number; readonly term: number }[]
    }
  | { readonly refused: 'NOT_LEADER'; readonly leader: HostId | null }

/**
 * One host's part in the replicated log (Raft paper figure 2). Pure: calls bring time and messages, effects say what to do, see
 * `RaftEffect` for their order. After a lost effect (a crash) a new one is made from what was kept.
 */
export class Raft {
  readonly #state: RaftState
  #told: { readonly role: RoleName; readonly term: number; readonly leader: HostId | null } | undefined

  /** Throws CORRUPT_STORE where kept entries are missing or newer than the kept term. A sole voter leads from its first `tick` on. */
  constructor({ self, config, persisted, nowMs, random }: RaftOptions) {
    const log = new Log(persisted)
    if (persisted.hard.term < log.lastTerm) {
      const message = `The kept term ${persisted.hard.term} is lower than the log's, ${log.lastTerm}.`
      throw new MeshError('CORRUPT_STORE', message, { term: persisted.hard.term })
    }
    this.#state = {
      self,
      config,
      random,
      log,
      out: new Outbox(),
      nowMs,
      hard: persisted.hard,
      role: { type: 'follower', leader: null },
      commitIndex: log.snapshot.index,
      electionAtMs: nowMs,
      leaderHeardAtMs: Number.NEGATIVE_INFINITY,
      hastyElections: 0,
    }
    const { voters } = log.configuration
    if (voters.length !== 1 || voters[0] !== self) resetElectionTimer(this.#state)
  }

  /** Whether it leads and has entries that are not committed. */
  get isCommitting(): boolean {
    const { role, log, commitIndex } = this.#state
    return role.type === 'leader' && log.lastIndex > commitIndex
  }

  /** The part of {@link status} that is asked for all the time. */
  get standing(): Pick<RaftStatus, 'role' | 'term' | 'leader'> {
    const s = this.#state
    return { role: roleName(s), term: s.hard.term, leader: leaderOf(s) }
  }

  get status(): RaftStatus {
    const s = this.#state
    const peers = s.role.type === 'leader' ? [...s.role.peers] : []
    return {
      ...this.standing,
      commitIndex: s.commitIndex,
      lastIndex: s.log.lastIndex,
      snapshotIndex: s.log.snapshot.index,
      configuration: s.log.configuration,
      lastHeardMs: new Map(peers.map(([host, progress]) => [host, progress.heardAtMs])),
      matchIndex: new Map(peers.map(([host, progress]) => [host, progress.match])),
    }
  }

  /** The term of the last entry, and the entries not known to be committed: what a recovery after lost voters begins from. */
  get tail(): { readonly lastTerm: number; readonly uncommitted: readonly Entry[] } {
    const { log, commitIndex } = this.#state
    return { lastTerm: log.lastTerm, uncommitted: log.slice(commitIndex + 1, log.lastIndex) }
  }

  /** Lets time pass; to be called several times in `heartbeatMs`. */
  tick(nowMs: number): readonly RaftEffect[] {
    const s = this.#at(nowMs)
    if (s.role.type === 'leader') tickLeader(s, s.role)
    else tickElection(s)
    return this.#effects()
  }

  /** Takes a decoded message of `from`, whose identity the caller has checked. */
  step(from: HostId, message: Message, nowMs: number): readonly RaftEffect[] {
    const s = this.#at(nowMs)
    if (from !== s.self) receive(s, from, message)
    return this.#effects()
  }

  /**
   * Leader: appends all commands together, in one write and one round. Accepted is not committed: the entry at that index may yet be
   * another's, as its term then shows. Refused with a null leader while leadership is being handed over.
   */
  propose(commands: readonly unknown[], nowMs: number): ProposeResult {
    const s = this.#at(nowMs)
    if (s.role.type !== 'leader' || s.role.transfer !== null) {
      return { refused: 'NOT_LEADER', leader: s.role.type === 'leader' ? null : leaderOf(s) }
    }
    const from = s.log.lastIndex + 1
    const term = s.hard.term
    const data = commands.map((command) => ({ type: 'command', command }) as const)
    if (data.length > 0) appendOwn(s, s.role, data)
    return { effects: this.#effects(), accepted: commands.map((_, i) => ({ index: from + i, term })) }
  }

  /** Leader: changes the configuration by one host, or says why not. */
  changeMembership(
    change: MembershipChange,
    nowMs: number,
  ): { readonly effects: readonly RaftEffect[] } | { readonly refused: MembershipRefusal } {
    const s = this.#at(nowMs)
    const refused = s.role.type === 'leader' ? appendChange(s, s.role, change) : 'NOT_LEADER'
    return refused === undefined ? { effects: this.#effects() } : { refused }
  }

  /** Leader: hands over to the voter `to` once its log is complete, or goes on leading after an election timeout. Else does nothing. */
  transferLeadership(to: HostId, nowMs: number): readonly RaftEffect[] {
    const s = this.#at(nowMs)
    const isPossible = to !== s.self && s.log.configuration.voters.includes(to)
    if (s.role.type === 'leader' && isPossible) startTransfer(s, s.role, to)
    return this.#effects()
  }

  /** The connection to the leader broke off: does not wait for its silence to last. Does nothing where no leader is followed. */
  leaderLost(nowMs: number): readonly RaftEffect[] {
    loseLeader(this.#at(nowMs))
    return this.#effects()
  }

  /** Lets `state`, the state machine's after entry `index`, stand for the log up to there. Does nothing unless `index` is committed. */
  compact(index: number, state: unknown): readonly RaftEffect[] {
    compactLog(this.#state, index, state)
    return this.#effects()
  }

  #at(nowMs: number): RaftState {
    this.#state.nowMs = Math.max(this.#state.nowMs, nowMs)
    return this.#state
  }

  #effects(): readonly RaftEffect[] {
    const now = this.standing
    const told = this.#told
    if (told?.role !== now.role || told.term !== now.term || told.leader !== now.leader) {
      this.#told = now
      this.#state.out.push({ type: 'role', ...now })
    }
    return this.#state.out.drain()
  }
}

function receive(s: RaftState, from: HostId, message: Message): void {
  if (message.type === 'vote' && isDisturbance(s, message)) return
  if (message.type === 'pre-vote') onPreVote(s, from, message)
  else {
    if (message.term > s.hard.term) becomeFollower(s, message.term, null)
    if (message.term < s.hard.term) answerOld(s, from, message)
    else handle(s, from, message)
  }
}

/** A message of an older term: whoever asks hears of the newer one, answers are worth nothing any more (Raft paper §5.1). */
function answerOld(s: RaftState, from: HostId, message: Message): void {
  if (message.type === 'vote') onVote(s, from, message)
  if (message.type === 'append') refuse(s, from, message.previousIndex)
  if (message.type === 'snapshot') refuse(s, from, message.snapshot.index)
  if (message.type === 'pre-vote-reply') onPreVoteReply(s, from, message)
}

function handle(s: RaftState, from: HostId, message: Exclude<Message, { type: 'pre-vote' }>): void {
  const isLeader = s.role.type === 'leader'
  if (message.type === 'pre-vote-reply') onPreVoteReply(s, from, message)
  else if (message.type === 'vote') onVote(s, from, message)
  else if (message.type === 'vote-reply') onVoteReply(s, from, message)
  else if (message.type === 'append-ok') onAppendOk(s, from, message)
  else if (message.type === 'append-refused') onAppendRefused(s, from, message)
  else if (message.type === 'append' && !isLeader) appendEntries(s, from, message)
  else if (message.type === 'snapshot' && !isLeader) installSnapshot(s, from, message)
  else if (message.type === 'timeout-now') onTimeoutNow(s)
}
