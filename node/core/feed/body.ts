import {
  comparePositions,
  FEED_TEXT,
  type FeedEvent,
  type FeedLevel,
  type FeedPosition,
  positionOf,
} from '../model/feed.ts'
import type { HostId } from '../model/ids.ts'
import type { RecordDraft } from '../model/record.ts'

/**
 * Body of an `events` record, and an answer to a request for events: one host's events without a hole, oldest first. `after`: where
 * the one before the first stands, [0, 0] where there is none.
 */
export interface EventsBody {
  readonly after: FeedPosition
  readonly events: readonly WireEvent[]
}

/** [boot, seq, wall clock in ms, level, code, message, lab, about]; what is absent at the end is left out, `null` before it. */
export type WireEvent = readonly [number, number, number, FeedLevel, string, string, (string | null)?, string?]

/** What a body may hold at most; more is refused. */
export const MAX_BODY_EVENTS = 500

const LEVELS: readonly unknown[] = ['info', 'warn', 'error'] satisfies FeedLevel[]
const CODE = /^[A-Z][A-Z_]*$/
/** A thousand years: what is later is no wall clock. */
const LATEST_MS = 32_503_680_000_000

/** Events of one host as they travel; `after` as in {@link EventsBody}. */
export const encodeEvents = (after: FeedPosition, events: readonly FeedEvent[]): EventsBody => ({
  after,
  events: events.map(toWire),
})

const toWire = ({ boot, seq, atMs, level, code, message, lab, about }: FeedEvent): WireEvent => {
  const head = [boot, seq, atMs, level, code, message] as const
  if (about !== undefined) return [...head, lab ?? null, about]
  return lab === undefined ? head : [...head, lab]
}

/** Strictly: undefined for anything that is no such body, is out of order, or is too large. All events are of `host`, whoever sent them. */
export const decodeEvents = (
  host: HostId,
  body: unknown,
): { readonly after: FeedPosition; readonly events: readonly FeedEvent[] } | undefined => {
  if (typeof body !== 'object' || body === null || !('after' in body) || !('events' in body)) return undefined
  const { after, events: wire } = body
  if (!isPosition(after) || !Array.isArray(wire) || wire.length > MAX_BODY_EVENTS) return undefined
  const events: FeedEvent[] = []
  let last: FeedPosition = after
  for (const item of wire) {
    const event = fromWire(host, item)
    if (event === undefined || comparePositions(positionOf(event), last) <= 0) return undefined
    last = positionOf(event)
    events.push(event)
  }
  return { after, events }
}

const fromWire = (host: HostId, wire: unknown): FeedEvent | undefined => {
  if (!Array.isArray(wire) || wire.length < 6 || wire.length > 8) return undefined
  const [boot, seq, atMs, level, code, message, lab = null, about = null]: unknown[] = wire
  if (!isPosition([boot, seq]) || seq === 0 || !isCount(atMs) || atMs > LATEST_MS || !isLevel(level)) return undefined
  if (!isText(code, FEED_TEXT.code) || !CODE.test(code) || !isText(message, FEED_TEXT.message)) return undefined
  if (!isCount(boot) || !isCount(seq)) return undefined
  if ((lab !== null && !isText(lab, FEED_TEXT.lab)) || (about !== null && !isText(about, FEED_TEXT.about)))
    return undefined
  return {
    host,
    boot,
    seq,
    atMs,
    level,
    code,
    ...(lab === null ? {} : { lab }),
    ...(about === null ? {} : { about }),
    message,
  }
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const isPosition = (value: unknown): value is FeedPosition =>
  Array.isArray(value) && value.length === 2 && value.every(isCount)

const isLevel = (value: unknown): value is FeedLevel => LEVELS.includes(value)

const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest && !/\p{Cc}/u.test(value)

/** What `self` gossips of its newest events. */
export const eventsDraft = (self: HostId, body: EventsBody): RecordDraft => ({
  kind: 'events',
  key: self,
  version: [],
  expiresAtMs: 0,
  body,
})
