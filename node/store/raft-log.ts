import type { Entry, HardState, Persisted, Snapshot } from '#core/consensus/types.ts'
import type { Backend, Write } from './backend.ts'
import { corrupt, decode, encode } from './codec.ts'
import type { RaftWrite } from './index.ts'

const HARD = 'raft/hard'
const SNAPSHOT = 'raft/snapshot'
const LOG = 'raft/log/'
/** Counts the writes; `Guard` keeps the same number elsewhere. */
const SEQUENCE = 'raft/sequence'

/** What every log starts from until a snapshot is kept: nobody votes, nothing is known. */
const BEGINNING: Snapshot = { index: 0, term: 0, configuration: { voters: [], learners: [] }, state: null }

/** 16 digits hold every safe integer, so the order of keys is that of indexes. */
const logKey = (index: number): string => `${LOG}${String(index).padStart(16, '0')}`

/** A number kept apart from the database, to notice that the database went back. */
export interface Guard {
  /** The highest number noted that is still known; 0 where none is. */
  read(): Promise<number>
  note(sequence: number): Promise<void>
}

/** Raft's persistent state in a backend. */
export interface RaftLog {
  load(): Promise<Persisted | undefined>
  persist(writes: readonly RaftWrite[]): Promise<void>
}

/** The indexes of the entries in the backend, `from` to `to`; none where `to` is lower. */
interface Stored {
  readonly from: number
  readonly to: number
}

type Changes = Map<string, string | undefined>

/** Reads what is there first: rejects with CORRUPT_STORE where a write that was confirmed is missing. */
export const openRaftLog = async (backend: Backend, guard: Guard): Promise<RaftLog> => {
  let sequence = await readSequence(backend)
  const noted = await guard.read()
  if (noted > sequence) throw corrupt(SEQUENCE, `write ${noted} was confirmed, the last one there is ${sequence}`)
  let stored = await readStored(backend)
  return {
    load: () => load(backend),
    persist: async (writes) => {
      if (writes.length === 0) return
      const changes: Changes = new Map()
      const left = writes.reduce((there, write) => changeLog(there, write, changes), stored)
      const snapshot = writes.findLast((write) => write.snapshot !== undefined)?.snapshot
      const hard = writes.findLast((write) => write.hard !== undefined)?.hard
      if (snapshot !== undefined) changes.set(SNAPSHOT, encode(SNAPSHOT, snapshot))
      if (hard !== undefined) changes.set(HARD, encode(HARD, hard))
      changes.set(SEQUENCE, encode(SEQUENCE, sequence + 1))
      await backend.write([...changes] satisfies readonly Write[])
      stored = left
      sequence += 1
      await guard.note(sequence)
    },
  }
}

const readStored = async (backend: Backend): Promise<Stored> => {
  const keys = await backend.entries(LOG)
  const indexOf = (at: number, none: number): number => Number(keys.at(at)?.[0].slice(LOG.length) ?? none)
  return { from: indexOf(0, 1), to: indexOf(-1, 0) }
}

/** Notes the changes of log entries that `write` asks for; answers which there are afterwards. */
const changeLog = (there: Stored, write: RaftWrite, changes: Changes): Stored => {
  const { snapshot, truncateFrom = Number.POSITIVE_INFINITY, entries = [] } = write
  const [first, last] = [entries[0], entries.at(-1)]
  const from = Math.max(there.from, (snapshot?.index ?? -1) + 1)
  const to = Math.min(there.to, truncateFrom - 1, (first?.index ?? Number.POSITIVE_INFINITY) - 1)
  drop(there.from, Math.min(from - 1, there.to), changes)
  drop(Math.max(there.from, to + 1), there.to, changes)
  for (const entry of entries) changes.set(logKey(entry.index), encode(logKey(entry.index), entry))
  if (first === undefined || last === undefined) return { from, to }
  return { from: to < from ? first.index : from, to: last.index }
}

const drop = (from: number, to: number, changes: Changes): void => {
  for (let index = from; index <= to; index++) changes.set(logKey(index), undefined)
}

const load = async (backend: Backend): Promise<Persisted | undefined> => {
  const [hard, snapshot, log] = await Promise.all([backend.get(HARD), backend.get(SNAPSHOT), backend.entries(LOG)])
  if (hard === undefined && snapshot === undefined && log.length === 0) return undefined
  const start = snapshot === undefined ? BEGINNING : (decode(SNAPSHOT, snapshot) as Snapshot)
  return {
    hard: hard === undefined ? { term: start.term, votedFor: null } : (decode(HARD, hard) as HardState),
    snapshot: start,
    entries: log.map(([key, text], i) => readEntry({ key, text, index: start.index + 1 + i })),
  }
}

const readEntry = ({ key, text, index }: { key: string; text: string; index: number }): Entry => {
  const entry = decode(key, text) as Entry
  if (key !== logKey(index) || entry.index !== index)
    throw corrupt(logKey(index), `it is missing; the next one is ${entry.index}`)
  return entry
}

const readSequence = async (backend: Backend): Promise<number> => {
  const text = await backend.get(SEQUENCE)
  return text === undefined ? 0 : Number(decode(SEQUENCE, text))
}
