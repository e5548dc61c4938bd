import { comparePositions, type FeedEvent, type FeedPosition, positionOf } from '../model/feed.ts'
import type { HostId } from '../model/ids.ts'
import { HOST_ID, longId, shortId } from '../record/wire.ts'

/** How far a reader is with each host's events; a host that is missing has not been read at all. */
export type FeedCursor = ReadonlyMap<HostId, FeedPosition>

/** More hosts than this are no cursor of ours. */
const MAX_HOSTS = 1_000

/** A cursor as text: opaque to whoever keeps it, for a query string. */
export const encodeCursor = (cursor: FeedCursor): string =>
  [...cursor].map(([host, [boot, seq]]) => `${shortId(host)}.${boot}.${seq}`).join('~') || '0'

/** Undefined where the text is no cursor. */
export const decodeCursor = (text: string): FeedCursor | undefined => {
  if (text === '0') return new Map()
  const parts = text.split('~')
  if (parts.length > MAX_HOSTS) return undefined
  const cursor = new Map<HostId, FeedPosition>()
  for (const part of parts) {
    const [, short = '', boot, seq] = /^([1-9A-Za-z]{44})\.(\d{1,15})\.(\d{1,15})$/.exec(part) ?? []
    const host = longId(short)
    if (!HOST_ID.test(host)) return undefined
    cursor.set(host as HostId, [Number(boot), Number(seq)])
  }
  return cursor
}

/** Whether a reader as far as `cursor` has not had this event. */
export const isAfter = (cursor: FeedCursor, event: FeedEvent): boolean => {
  const read = cursor.get(event.host)
  return read === undefined || comparePositions(positionOf(event), read) > 0
}

/** The cursor after `event` was read too. */
export const advance = (cursor: FeedCursor, event: FeedEvent): FeedCursor =>
  isAfter(cursor, event) ? new Map(cursor).set(event.host, positionOf(event)) : cursor
