import type { HostId } from '#core/model/ids.ts'
import type { SnapshotMessage } from './messages.ts'
import { commitTo, hearLeader, type Progress, type RaftState } from './state.ts'

// Log compaction, Raft paper §7 and dissertation §5.

/** Leader: sends its snapshot to a peer whose next entry is no longer in the log. */
export function sendSnapshot(s: RaftState, to: HostId, progress: Progress): void {
  const snapshot = s.log.snapshot
  progress.next = snapshot.index + 1
  progress.flow = { type: 'snapshot', sentAtMs: s.nowMs }
  s.out.send(to, { type: 'snapshot', term: s.hard.term, snapshot })
}

/**
 * Follower: takes the leader's snapshot in the current term. Where the log already has its last entry, that much is committed and the
 * log stays as it is; otherwise the snapshot replaces log and state machine.
 */
export function installSnapshot(s: RaftState, from: HostId, { snapshot }: SnapshotMessage): void {
  hearLeader(s, from)
  if (snapshot.index > s.commitIndex) {
    if (s.log.termAt(snapshot.index) === snapshot.term) commitTo(s, snapshot.index)
    else replaceLog(s, snapshot)
  }
  s.out.send(from, { type: 'append-ok', term: s.hard.term, matchIndex: s.commitIndex })
}

function replaceLog(s: RaftState, snapshot: SnapshotMessage['snapshot']): void {
  s.log.reset(snapshot)
  s.commitIndex = snapshot.index
  s.out.keepReplacement(snapshot)
  s.out.push({ type: 'restore', snapshot })
}

/**
 * Lets `state`, the state machine's after the entry `index`, stand for the log up to there. Does nothing unless `index` is committed
 * and not compacted yet.
 */
export function compactLog(s: RaftState, index: number, state: unknown): void {
  if (index <= s.log.snapshot.index || index > s.commitIndex) return
  s.out.keepCompaction(s.log.compact(index, state))
}
