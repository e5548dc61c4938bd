import type { HostId } from '#core/model/ids.ts'
import type { AppendMessage, AppendOk, AppendRefused } from './messages.ts'
import { isMajority, reachedByMajority } from './quorum.ts'
import { sendSnapshot } from './snapshot.ts'
import { becomeFollower, commitTo, type Leader, type Progress, peersOf, type RaftState } from './state.ts'
import type { Entry, EntryData } from './types.ts'
import { bytesOf } from './weight.ts'

// The leader's half of log replication, Raft paper §5.3–5.4; pipelining after dissertation §10.2.1; leadership transfer §3.10.

/** Entries in one append message unless the configuration says otherwise; an entry of ours is about 1 KB. */
const BATCH_ENTRIES = 512
/** An append message holds no more entries than about this much, but one in any case: far below what a stream takes at once. */
const BATCH_BYTES = 1024 * 1024
/** Batches sent ahead of the peer's answers. */
const WINDOW_BATCHES = 4

/** `entries`: only if there is something to send. `beat`: in any case, so that the peer hears us and the commit index. */
type Reason = 'entries' | 'beat'

/**
 * Makes `data` the next entries of the log in the own term, sends them on while they are written here, and commits them at once where no
 * other voter is: the commit comes after the write, as everything does that counts on it.
 */
export function appendOwn(s: RaftState, leader: Leader, data: readonly EntryData[]): void {
  const from = s.log.lastIndex + 1
  const entries = data.map((item, i) => ({ index: from + i, term: s.hard.term, data: item }))
  s.log.append(entries)
  trackPeers(s, leader, from)
  broadcast(s, leader, 'entries')
  s.out.needsNoWrite()
  s.out.keepEntries(entries)
  advanceCommit(s, leader)
}

/** Feeds the hosts of the latest configuration and no others; a new one is first sent the entry `next`, which it may be too far behind for. */
function trackPeers(s: RaftState, leader: Leader, next: number): void {
  const wanted = new Set(peersOf(s, s.log.configuration))
  for (const host of leader.peers.keys()) if (!wanted.has(host)) leader.peers.delete(host)
  for (const host of wanted) {
    const isNew = !leader.peers.has(host)
    if (isNew) leader.peers.set(host, newProgress(s, next))
  }
}

function newProgress(s: RaftState, next: number): Progress {
  return { match: 0, next, flow: { type: 'probe', sentAtMs: null }, heardAtMs: s.nowMs, commitTold: 0 }
}

/** Sends every peer what it lacks. */
function broadcast(s: RaftState, leader: Leader, reason: Reason): void {
  for (const [host, progress] of leader.peers) sendAppend(s, { host, progress, reason })
}

interface Sending {
  readonly host: HostId
  readonly progress: Progress
  readonly reason: Reason
}

function sendAppend(s: RaftState, { host, progress, reason }: Sending): void {
  if (reason === 'entries' && mustWait(s, progress)) return
  const previousIndex = progress.next - 1
  const previousTerm = s.log.termAt(previousIndex)
  if (previousTerm === undefined || isSnapshotOverdue(s, progress)) sendSnapshot(s, host, progress)
  else {
    const message = appendAfter(s, progress, previousTerm)
    s.out.send(host, message)
    progress.commitTold = s.commitIndex
    noteSent(s, progress, message.entries.length)
    if (progress.flow.type === 'replicate') sendAppend(s, { host, progress, reason: 'entries' })
  }
}

/** Peers that stand alike get the very same message: whoever carries it writes it once. */
function appendAfter(s: RaftState, progress: Progress, previousTerm: number): AppendMessage {
  const previousIndex = progress.next - 1
  const mayCarry = progress.flow.type !== 'snapshot' && !isWindowFull(s, progress)
  const toIndex = mayCarry ? s.log.lastIndex : previousIndex
  const last = s.role.type === 'leader' ? s.role.lastAppend : null
  const { term } = s.hard
  const isSame = last?.message.previousIndex === previousIndex && last.message.commit === s.commitIndex
  if (isSame && last.toIndex === toIndex) return last.message
  const entries = mayCarry ? nextEntries(s, progress) : []
  const message = { type: 'append', term, previousIndex, previousTerm, entries, commit: s.commitIndex } as const
  if (s.role.type === 'leader') s.role.lastAppend = { message, toIndex }
  return message
}

function isSnapshotOverdue(s: RaftState, { flow }: Progress): boolean {
  return flow.type === 'snapshot' && s.nowMs - flow.sentAtMs >= s.config.electionTimeoutMs
}

function nextEntries(s: RaftState, progress: Progress): readonly Entry[] {
  const entries = s.log.slice(progress.next, progress.next - 1 + batch(s))
  let bytes = 0
  const over = entries.findIndex(({ data }, at) => {
    bytes += bytesOf(data)
    return bytes > BATCH_BYTES && at > 0
  })
  return over < 0 ? entries : entries.slice(0, over)
}

function noteSent(s: RaftState, progress: Progress, count: number): void {
  if (progress.flow.type === 'probe') progress.flow = { type: 'probe', sentAtMs: s.nowMs }
  if (progress.flow.type === 'replicate') progress.next += count
}

function mustWait(s: RaftState, progress: Progress): boolean {
  if (progress.next > s.log.lastIndex || progress.flow.type === 'snapshot') return true
  return progress.flow.type === 'probe' ? progress.flow.sentAtMs !== null : isWindowFull(s, progress)
}

function isWindowFull(s: RaftState, progress: Progress): boolean {
  return progress.flow.type === 'replicate' && progress.next - 1 - progress.match >= WINDOW_BATCHES * batch(s)
}

function batch(s: RaftState): number {
  return s.config.batchEntries ?? BATCH_ENTRIES
}

/** A peer's log equals ours up to `matchIndex`. */
export function onAppendOk(s: RaftState, from: HostId, { matchIndex }: AppendOk): void {
  const leader = s.role
  if (leader.type !== 'leader') return
  const progress = leader.peers.get(from)
  if (progress === undefined || matchIndex > s.log.lastIndex) return
  const wasFound = progress.flow.type === 'replicate'
  progress.heardAtMs = s.nowMs
  progress.match = Math.max(progress.match, matchIndex)
  if (progress.flow.type === 'replicate') progress.next = Math.max(progress.next, progress.match + 1)
  else if (progress.flow.type === 'probe' || progress.match >= progress.next - 1) {
    progress.next = progress.match + 1
    progress.flow = { type: 'replicate' }
  }
  advanceCommit(s, leader)
  if (s.role !== leader) return
  sendAppend(s, { host: from, progress, reason: wasFound ? 'entries' : 'beat' })
  sendTimeoutNow(s, leader)
}

/** A peer's log does not match: goes back to where its hint says it may, a whole term at a time (Raft paper §5.3, end). */
export function onAppendRefused(s: RaftState, from: HostId, refusal: AppendRefused): void {
  const progress = s.role.type === 'leader' ? s.role.peers.get(from) : undefined
  if (progress === undefined) return
  progress.heardAtMs = s.nowMs
  const isCurrent =
    progress.flow.type === 'probe' ? refusal.previousIndex === progress.next - 1 : progress.flow.type === 'replicate'
  if (!isCurrent || refusal.previousIndex <= progress.match) return
  const guess = refusal.hintTerm === 0 ? refusal.hintIndex : hintedNext(s, refusal)
  progress.next = Math.max(progress.match + 1, Math.min(guess, refusal.previousIndex))
  progress.flow = { type: 'probe', sentAtMs: null }
  sendAppend(s, { host: from, progress, reason: 'beat' })
}

/** After our last entry of the term that stands in the way, if we have that term; otherwise before the term begins. */
function hintedNext(s: RaftState, { hintIndex, hintTerm }: AppendRefused): number {
  const last = s.log.lastUpToTerm(hintTerm)
  return s.log.termAt(last) === hintTerm ? last + 1 : hintIndex
}

/**
 * Commits what a majority has, but counts only for entries of the own term (Raft paper §5.4.2, figure 8). The others hear of it with the next
 * entries, or at the next tick: a message of its own for every commit would be half of all messages.
 */
function advanceCommit(s: RaftState, leader: Leader): void {
  const index = reachedByMajority(s.log.configuration.voters, (host) =>
    host === s.self ? s.log.lastIndex : (leader.peers.get(host)?.match ?? 0),
  )
  if (index <= s.commitIndex || s.log.termAt(index) !== s.hard.term) return
  commitTo(s, index)
  leaveIfRemoved(s, leader)
}

/** A leader whose own removal is committed hands over and steps down (dissertation §4.2.2). */
function leaveIfRemoved(s: RaftState, leader: Leader): void {
  const { voters } = s.log.configuration
  if (voters.includes(s.self) || s.log.configurationIndex > s.commitIndex) return
  const matchOf = (host: HostId): number => leader.peers.get(host)?.match ?? 0
  const best = voters.toSorted((a, b) => matchOf(b) - matchOf(a))[0]
  if (best !== undefined) s.out.send(best, { type: 'timeout-now', term: s.hard.term })
  becomeFollower(s, s.hard.term, null)
}

/** Starts to hand leadership to the voter `to`; given up after an election timeout. */
export function startTransfer(s: RaftState, leader: Leader, to: HostId): void {
  leader.transfer = { to, untilMs: s.nowMs + s.config.electionTimeoutMs }
  sendTimeoutNow(s, leader)
}

function sendTimeoutNow(s: RaftState, { transfer, peers }: Leader): void {
  if (transfer === null || peers.get(transfer.to)?.match !== s.log.lastIndex) return
  s.out.send(transfer.to, { type: 'timeout-now', term: s.hard.term })
}

/** Steps down where a majority was silent for an election timeout (dissertation §6.2); otherwise sends heartbeats when due. */
export function tickLeader(s: RaftState, leader: Leader): void {
  const since = s.nowMs - s.config.electionTimeoutMs
  const isHeard = (host: HostId): boolean => host === s.self || (leader.peers.get(host)?.heardAtMs ?? since) > since
  if (isMajority(s.log.configuration.voters, isHeard)) keepLeading(s, leader)
  else becomeFollower(s, s.hard.term, null)
}

function keepLeading(s: RaftState, leader: Leader): void {
  if (leader.transfer !== null && s.nowMs >= leader.transfer.untilMs) leader.transfer = null
  if (s.nowMs < leader.heartbeatAtMs) tellCommit(s, leader)
  else {
    leader.heartbeatAtMs = s.nowMs + s.config.heartbeatMs
    broadcast(s, leader, 'beat')
  }
}

function tellCommit(s: RaftState, leader: Leader): void {
  for (const [host, progress] of leader.peers) {
    const isBehind = progress.flow.type === 'replicate' && progress.commitTold < s.commitIndex
    if (isBehind) sendAppend(s, { host, progress, reason: 'beat' })
  }
}
