import type { HostId } from '#core/model/ids.ts'
import type { AppendMessage } from './messages.ts'
import { commitTo, hearLeader, type RaftState } from './state.ts'
import type { Entry } from './types.ts'

// The follower's half of log replication, Raft paper §5.3 and figure 2 "AppendEntries RPC, receiver".

/** Takes entries of the leader of the current term, or says where the logs may still match. */
export function appendEntries(s: RaftState, from: HostId, message: AppendMessage): void {
  hearLeader(s, from)
  if (matchesAt(s, message)) accept(s, from, message)
  else refuse(s, from, message.previousIndex)
}

function accept(s: RaftState, from: HostId, message: AppendMessage): void {
  const fresh = message.entries.slice(countKnown(s, message.entries))
  const first = fresh[0]
  // Nothing committed may ever be replaced: a leader that asks for it is none, and gets no answer.
  if (first !== undefined && first.index <= s.commitIndex) return
  s.log.append(fresh)
  s.out.keepEntries(fresh)
  const matchIndex = message.previousIndex + message.entries.length
  commitTo(s, Math.min(message.commit, matchIndex))
  s.out.send(from, { type: 'append-ok', term: s.hard.term, matchIndex })
}

/** Answers a leader of an older term, which then steps down. */
export function refuse(s: RaftState, to: HostId, previousIndex: number): void {
  const found = s.log.termAt(previousIndex)
  const hint =
    found === undefined
      ? { hintIndex: s.log.lastIndex + 1, hintTerm: 0 }
      : { hintIndex: s.log.firstOfTerm(previousIndex), hintTerm: found }
  s.out.send(to, { type: 'append-refused', term: s.hard.term, previousIndex, ...hint })
}

/** What a snapshot covers is committed, and so stands in the leader's log as well (Raft paper §5.4.3). */
function matchesAt(s: RaftState, { previousIndex, previousTerm }: AppendMessage): boolean {
  return previousIndex < s.log.snapshot.index || s.log.termAt(previousIndex) === previousTerm
}

/** How many of `entries` the log has already, counted from the front. */
function countKnown(s: RaftState, entries: readonly Entry[]): number {
  const unknown = entries.findIndex(
    (entry) => entry.index > s.log.snapshot.index && s.log.termAt(entry.index) !== entry.term,
  )
  return unknown === -1 ? entries.length : unknown
}
