import type { Entry } from '#core/consensus/types.ts'
import type { RaftWrite } from './index.ts'

/** The entries kept under one key: those of one batch, both ends included. The key is named after `from`. */
export interface Chunk {
  readonly from: number
  readonly to: number
}

/** What some writes do to the chunks there are. */
export interface ChunkChange {
  /** The chunks from `start` to before `end` stay. */
  readonly start: number
  readonly end: number
  /** The last of those that stay, and how far, where it loses its end. */
  readonly trimmed: Chunk | undefined
  /** The entries of the next chunk. */
  readonly fresh: readonly Entry[]
}

/**
 * What `writes` leave of `chunks`, as one after the other would. What was there before all of them loses what any of them takes; what they bring
 * themselves, what those after it take. A chunk that a snapshot covers in part stays whole.
 */
export const changeChunks = (chunks: readonly Chunk[], writes: readonly RaftWrite[]): ChunkChange => {
  const cut = Math.min(...writes.map(cutOf))
  const covered = Math.max(...writes.map(coveredBy))
  let [start, end] = [0, chunks.length]
  while (start < end && (chunks[start]?.to ?? 0) <= covered) start++
  while (end > start && (chunks[end - 1]?.from ?? 0) >= cut) end--
  const last = end > start ? chunks[end - 1] : undefined
  const trimmed = last !== undefined && last.to >= cut ? { from: last.from, to: cut - 1 } : undefined
  return { start, end, trimmed, fresh: writes.reduce(withEntries, []) }
}

/** Makes `chunks` what `change` says. */
export const applyChange = (chunks: Chunk[], { start, end, trimmed, fresh }: ChunkChange): void => {
  chunks.length = end
  if (trimmed !== undefined) chunks[end - 1] = trimmed
  const [first, last] = [fresh[0], fresh.at(-1)]
  if (first !== undefined && last !== undefined) chunks.push({ from: first.index, to: last.index })
  if (start > 0) chunks.splice(0, start)
}

const cutOf = ({ truncateFrom = Number.POSITIVE_INFINITY, entries }: RaftWrite): number =>
  Math.min(truncateFrom, entries?.[0]?.index ?? Number.POSITIVE_INFINITY)

const coveredBy = ({ snapshot }: RaftWrite): number => snapshot?.index ?? -1

const withEntries = (fresh: readonly Entry[], write: RaftWrite): readonly Entry[] => {
  const [cut, covered] = [cutOf(write), coveredBy(write)]
  const left = fresh.filter(({ index }) => index < cut && index > covered)
  return write.entries === undefined ? left : left.concat(write.entries)
}
