import type { Backend, Write } from './backend.ts'
import { decode, encode } from './codec.ts'

const PREFIX = 'feed/'
/** Numbers of one length sort as text as they sort as numbers. */
const DIGITS = 15

/** What the log of events holds at most; a tenth more is let in before the oldest go, many with one write. */
export interface FeedLimits {
  readonly events: number
  /** Of JSON, in UTF-16 code units. */
  readonly bytes: number
}

const SLACK = 1.1

/** Events of this host as it kept them, in rows of as many as came together. */
export interface FeedLog {
  load(): Promise<readonly unknown[]>
  append(at: readonly [boot: number, seq: number], events: readonly unknown[]): Promise<void>
}

interface Row {
  readonly key: string
  readonly count: number
  readonly bytes: number
}

/** The log of events in a backend. Nothing is read before the first call. */
export const feedLog = (backend: Backend, limits: FeedLimits): FeedLog => {
  let rows: Row[] | undefined
  const read = async (): Promise<readonly unknown[]> => {
    const entries = await backend.entries(PREFIX)
    const lists = entries.map(([key, text]) => [key, text, listOf(decode(key, text))] as const)
    rows = lists.map(([key, text, list]) => ({ key, count: list.length, bytes: text.length }))
    return lists.flatMap(([, , list]) => list)
  }
  return {
    load: read,
    append: async ([boot, seq], events) => {
      if (rows === undefined) await read()
      const key = `${PREFIX}${digits(boot)}/${digits(seq)}`
      const text = encode(key, events)
      const kept = [...(rows ?? []).filter((row) => row.key !== key), { key, count: events.length, bytes: text.length }]
      const old = surplus(kept, limits)
      await backend.write([[key, text], ...old.map((row): Write => [row.key, undefined])])
      rows = kept.slice(old.length)
    },
  }
}

const digits = (number: number): string => String(number).padStart(DIGITS, '0')

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The oldest rows that must go, none until a tenth too much is there. The newest stays, whatever its size. */
const surplus = (rows: readonly Row[], limits: FeedLimits): readonly Row[] => {
  let count = rows.reduce((sum, row) => sum + row.count, 0)
  let bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
  if (count <= limits.events * SLACK && bytes <= limits.bytes * SLACK) return []
  let dropped = 0
  for (const row of rows.slice(0, -1)) {
    if (count <= limits.events && bytes <= limits.bytes) break
    count -= row.count
    bytes -= row.bytes
    dropped += 1
  }
  return rows.slice(0, dropped)
}
