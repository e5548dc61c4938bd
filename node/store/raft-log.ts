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
  persist(write: RaftWrite): Promise<void>
}

/** Reads what is there first: rejects with CORRUPT_STORE where a write that was confirmed is missing. */
export const openRaftLog = async (backend: Backend, guard: Guard): Promise<RaftLog> => {
  let sequence = await readSequence(backend)
  const noted = await guard.read()
  if (noted > sequence) throw corrupt(SEQUENCE, `write ${noted} was confirmed, the last one there is ${sequence}`)
  let stored = (await backend.entries(LOG)).map(([key]) => Number(key.slice(LOG.length)))
  return {
    load: () => load(backend),
    persist: async (write) => {
      const changes = new Map<string, string | undefined>()
      const left = changeLog(write, stored, changes)
      if (write.snapshot !== undefined) changes.set(SNAPSHOT, encode(SNAPSHOT, write.snapshot))
      if (write.hard !== undefined) changes.set(HARD, encode(HARD, write.hard))
      changes.set(SEQUENCE, encode(SEQUENCE, sequence + 1))
      await backend.write([...changes] satisfies readonly Write[])
      stored = left
      sequence += 1
      await guard.note(sequence)
    },
  }
}

/** Notes the changes of log entries; answers the indexes there are afterwards, sorted. */
const changeLog = (write: RaftWrite, stored: readonly number[], changes: Map<string, string | undefined>): number[] => {
  const { snapshot, truncateFrom, entries = [] } = write
  const cutFrom = Math.min(truncateFrom ?? Number.POSITIVE_INFINITY, entries[0]?.index ?? Number.POSITIVE_INFINITY)
  const stays = (index: number): boolean => index > (snapshot?.index ?? -1) && index < cutFrom
  for (const index of stored) if (!stays(index)) changes.set(logKey(index), undefined)
  for (const entry of entries) changes.set(logKey(entry.index), encode(logKey(entry.index), entry))
  return [...stored.filter(stays), ...entries.map((entry) => entry.index)]
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
