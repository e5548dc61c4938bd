import type { Entry, HardState, Persisted, Snapshot } from '#core/consensus/types.ts'
import type { Backend, Write } from './backend.ts'
import { corrupt, decode, encode } from './codec.ts'
import type { RaftWrite } from './index.ts'
import { applyChange, type Chunk, type ChunkChange, changeChunks } from './log-chunks.ts'

const HARD = 'raft/hard'
const SNAPSHOT = 'raft/snapshot'
const LOG = 'raft/log/'
/** Counts the writes; `Guard` keeps the same number elsewhere. */
const SEQUENCE = 'raft/sequence'

/** What every log starts from until a snapshot is kept: nobody votes, nothing is known. */
const BEGINNING: Snapshot = { index: 0, term: 0, configuration: { voters: [], learners: [] }, state: null }

/** A key holds the entries of one batch and is named after the first: a key for each entry cost more than to encode it. 16 digits hold every safe integer, so the order of keys is that of indexes. */
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

/** Reads what is there first: rejects with CORRUPT_STORE where a write that was confirmed is missing. */
export const openRaftLog = async (backend: Backend, guard: Guard): Promise<RaftLog> => {
  let sequence = await readSequence(backend)
  const noted = await guard.read()
  if (noted > sequence) throw corrupt(SEQUENCE, `write ${noted} was confirmed, the last one there is ${sequence}`)
  const chunks = await readChunks(backend)
  return {
    load: () => load(backend),
    persist: async (writes) => {
      if (writes.length === 0) return
      const change = changeChunks(chunks, writes)
      const { trimmed } = change
      // Nothing is waited for before the write begins, but for the rare case.
      const cutText = trimmed === undefined ? '' : ((await backend.get(logKey(trimmed.from))) ?? '')
      const batch = batchOf(chunks, change, cutText)
      const snapshot = writes.findLast((write) => write.snapshot !== undefined)?.snapshot
      const hard = writes.findLast((write) => write.hard !== undefined)?.hard
      if (snapshot !== undefined) batch.set(SNAPSHOT, encode(SNAPSHOT, snapshot))
      if (hard !== undefined) batch.set(HARD, encode(HARD, hard))
      batch.set(SEQUENCE, encode(SEQUENCE, sequence + 1))
      await backend.write([...batch] satisfies readonly Write[])
      applyChange(chunks, change)
      sequence += 1
      await guard.note(sequence)
    },
  }
}

/** Which entries each key holds; how many the last one does is seen only in it. */
const readChunks = async (backend: Backend): Promise<Chunk[]> => {
  const rows = await backend.entries(LOG)
  const starts = rows.map(([key]) => Number(key.slice(LOG.length)))
  return rows.map(([key, text], at) => {
    const from = starts[at] ?? 0
    return { from, to: (starts[at + 1] ?? from + readEntries(key, text).length) - 1 }
  })
}

/** `cutText`: what is kept under the key that loses its end. */
const batchOf = (
  chunks: readonly Chunk[],
  { start, end, trimmed, fresh }: ChunkChange,
  cutText: string,
): Map<string, string | undefined> => {
  const batch = new Map<string, string | undefined>()
  for (const { from } of [...chunks.slice(0, start), ...chunks.slice(end)]) batch.set(logKey(from), undefined)
  if (trimmed !== undefined) {
    const key = logKey(trimmed.from)
    const there = readEntries(key, cutText)
    batch.set(key, encode(key, there.slice(0, trimmed.to - trimmed.from + 1)))
  }
  const [first] = fresh
  if (first !== undefined) batch.set(logKey(first.index), encode(logKey(first.index), fresh))
  return batch
}

const load = async (backend: Backend): Promise<Persisted | undefined> => {
  const [hard, snapshot, log] = await Promise.all([backend.get(HARD), backend.get(SNAPSHOT), backend.entries(LOG)])
  if (hard === undefined && snapshot === undefined && log.length === 0) return undefined
  const start = snapshot === undefined ? BEGINNING : (decode(SNAPSHOT, snapshot) as Snapshot)
  return {
    hard: hard === undefined ? { term: start.term, votedFor: null } : (decode(HARD, hard) as HardState),
    snapshot: start,
    entries: checkOrder(
      log.flatMap(([key, text]) => readEntries(key, text)).filter(({ index }) => index > start.index),
      start.index + 1,
    ),
  }
}

const checkOrder = (entries: readonly Entry[], from: number): readonly Entry[] => {
  const at = entries.findIndex(({ index }, i) => index !== from + i)
  if (at >= 0) throw corrupt(logKey(from + at), `it is missing; the next one is ${entries[at]?.index}`)
  return entries
}

/** One entry by itself is how each was kept once. Throws CORRUPT_STORE where the first is not the one the key names. */
const readEntries = (key: string, text: string): readonly Entry[] => {
  const value = decode(key, text) as Entry | readonly Entry[]
  const entries = 'index' in value ? [value] : value
  if (entries[0] === undefined || logKey(entries[0].index) !== key) throw corrupt(key, 'it holds other entries')
  return entries
}

const readSequence = async (backend: Backend): Promise<number> => {
  const text = await backend.get(SEQUENCE)
  return text === undefined ? 0 : Number(decode(SEQUENCE, text))
}
