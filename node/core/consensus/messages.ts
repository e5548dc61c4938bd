import { decodeEntries, decodeFields, decodeSnapshot, isCount } from './decode.ts'
import type { Entry, Snapshot } from './entry.ts'

/** Asks for a vote (Raft paper §5.2). `transfer` lets voters grant although they hear a leader: it asked for this itself (dissertation §3.10). */
export interface VoteMessage {
  readonly type: 'vote'
  readonly term: number
  readonly lastIndex: number
  readonly lastTerm: number
  readonly transfer: boolean
}

/** Asks whether a vote would be given for `term`, which nobody has taken yet (dissertation §9.6). */
export interface PreVoteMessage {
  readonly type: 'pre-vote'
  readonly term: number
  readonly lastIndex: number
  readonly lastTerm: number
}

/** `term` is the term of the answering host, `asked` the one it was asked about. */
export interface PreVoteReply {
  readonly type: 'pre-vote-reply'
  readonly term: number
  readonly asked: number
  readonly granted: boolean
}

export interface VoteReply {
  readonly type: 'vote-reply'
  readonly term: number
  readonly granted: boolean
}

/** Entries after `previousIndex`, or none: a heartbeat (Raft paper §5.3). `commit` is the leader's commit index. */
export interface AppendMessage {
  readonly type: 'append'
  readonly term: number
  readonly previousIndex: number
  readonly previousTerm: number
  readonly entries: readonly Entry[]
  readonly commit: number
}

/** The log equals the leader's up to `matchIndex`. Also answers a snapshot. */
export interface AppendOk {
  readonly type: 'append-ok'
  readonly term: number
  readonly matchIndex: number
}

/** The log lacks the entry at `previousIndex`; it may match before `hintIndex`, where its `hintTerm` begins (0: the log ends before). */
export interface AppendRefused {
  readonly type: 'append-refused'
  readonly term: number
  readonly previousIndex: number
  readonly hintIndex: number
  readonly hintTerm: number
}

/** The whole state, in one message (Raft paper §7). */
export interface SnapshotMessage {
  readonly type: 'snapshot'
  readonly term: number
  readonly snapshot: Snapshot
}

/** The leader asks its successor to stand for election now (dissertation §3.10). */
interface TimeoutNow {
  readonly type: 'timeout-now'
  readonly term: number
}

/** Everything one host's Raft says to another's. JSON. */
export type Message =
  | PreVoteMessage
  | PreVoteReply
  | VoteMessage
  | VoteReply
  | AppendMessage
  | AppendOk
  | AppendRefused
  | SnapshotMessage
  | TimeoutNow

type Fields = Readonly<Record<string, unknown>>

/** A message from the network, checked in all its parts and with unknown fields dropped; undefined if anything is wrong. */
export function decodeMessage(value: unknown): Message | undefined {
  const fields = decodeFields(value)
  if (fields === undefined || !isCount(fields.term)) return undefined
  return decodeElection(fields, fields.term) ?? decodeReplication(fields, fields.term)
}

function decodeElection(fields: Fields, term: number): Message | undefined {
  const { type, lastIndex, lastTerm, transfer, asked, granted } = fields
  switch (type) {
    case 'pre-vote':
      return isCount(lastIndex) && isCount(lastTerm) ? { type, term, lastIndex, lastTerm } : undefined
    case 'vote':
      if (!isCount(lastIndex) || !isCount(lastTerm) || typeof transfer !== 'boolean') return undefined
      return { type, term, lastIndex, lastTerm, transfer }
    case 'pre-vote-reply':
      return isCount(asked) && typeof granted === 'boolean' ? { type, term, asked, granted } : undefined
    case 'vote-reply':
      return typeof granted === 'boolean' ? { type, term, granted } : undefined
    case 'timeout-now':
      return { type, term }
    default:
      return undefined
  }
}

function decodeReplication(fields: Fields, term: number): Message | undefined {
  const { type, matchIndex, previousIndex, hintIndex, hintTerm } = fields
  switch (type) {
    case 'append':
      return decodeAppend(fields, term)
    case 'append-ok':
      return isCount(matchIndex) ? { type, term, matchIndex } : undefined
    case 'append-refused':
      if (!isCount(previousIndex) || !isCount(hintIndex) || !isCount(hintTerm)) return undefined
      return { type, term, previousIndex, hintIndex, hintTerm }
    case 'snapshot': {
      const snapshot = decodeSnapshot(fields.snapshot)
      return snapshot && snapshot.term <= term ? { type, term, snapshot } : undefined
    }
    default:
      return undefined
  }
}

function decodeAppend(fields: Fields, term: number): AppendMessage | undefined {
  const { previousIndex, previousTerm, commit } = fields
  const entries = decodeEntries(fields.entries)
  if (!isCount(previousIndex) || !isCount(previousTerm) || !isCount(commit) || entries === undefined) return undefined
  const first = entries[0]
  const last = entries.at(-1)
  if (first !== undefined && (first.index !== previousIndex + 1 || first.term < previousTerm)) return undefined
  if ((last?.term ?? previousTerm) > term) return undefined
  return { type: 'append', term, previousIndex, previousTerm, entries, commit }
}
