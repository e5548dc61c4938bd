import type { Engine } from '#core/engine/engine.ts'
import { advance, decodeCursor, encodeCursor, type FeedCursor, isAfter } from '#core/feed/cursor.ts'
import { mergeFeeds } from '#core/feed/merge.ts'
import { MeshError } from '#core/model/errors.ts'
import { FEED_CODES, type FeedEvent, type FeedPosition } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'
import { own } from '#core/model/own.ts'
import type { Clock } from '#platform/clock.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { EventsAsk, EventsPage, EventView, FollowedEvents } from '../port.ts'
import type { Feed } from './feed.ts'
import { askAll, type EventsRequest, type FillingOptions } from './filling.ts'

export interface FeedFaceOptions {
  readonly engine: Engine
  readonly feed: Feed
  readonly clock: Clock
  request: FillingOptions['request']
}

/** A host whose clock is behind is believed to have told something just now by so much, ms. */
const CLOCK_SLACK_MS = 10_000
/** No host keeps more than this. */
const MOST_ASKED = 10_000

type Suits = (event: FeedEvent) => boolean

/** What the API may ask of the feed. */
export class FeedFace {
  readonly #options: FeedFaceOptions

  constructor(options: FeedFaceOptions) {
    this.#options = options
  }

  /** The newest, or with a cursor the next ones after it. BAD_INPUT where it is none, NOT_FOUND where no host is called so. */
  async list(ask: EventsAsk): Promise<EventsPage> {
    const since = sinceOf(ask)
    const suits = this.#filter(ask)
    const far = since === undefined ? await this.#far(ask) : new Map()
    // No waiting from here on: the cursor is that of exactly what is listed.
    const { held, cursor: end } = this.#options.feed
    const all = chosen(new Map([...held, ...far]), suits, { since, limit: ask.limit })
    const events = since === undefined ? last(all, ask.limit) : all.slice(0, ask.limit)
    const isWhole = since === undefined || events.length === all.length
    const cursor = events.reduce(advance, isWhole ? end : since)
    return { events: events.map((event) => this.#view(event)), cursor: encodeCursor(cursor) }
  }

  /** What is asked for of the past, as far as it is held here, and from now on everything that comes. */
  follow(ask: EventsAsk, onEvent: (event: EventView) => void): FollowedEvents {
    const { feed, clock } = this.#options
    const since = sinceOf(ask)
    const suits = this.#filter(ask)
    const startMs = clock.nowMs()
    const all = chosen(feed.held, suits, { since, limit: ask.limit })
    const missed = since === undefined ? last(all, ask.limit) : all
    let cursor = feed.cursor
    const stop = feed.follow((event) => {
      // Of a host not heard before, what it tells of old is no news; but who comes back is to miss nothing.
      const isNews = cursor.has(event.host) || event.atMs >= startMs - CLOCK_SLACK_MS
      cursor = advance(cursor, event)
      if ((since === undefined ? isNews : isAfter(since, event)) && suits(event)) onEvent(this.#view(event))
    })
    return {
      missed: missed.map((event) => this.#view(event)),
      from: encodeCursor(before(missed, feed.cursor)),
      cursor: () => encodeCursor(cursor),
      stop,
    }
  }

  /** All that a host has, where one is asked for and answers: it holds more than what is held of it here. */
  async #far({ host, lab, limit }: EventsAsk): Promise<Feed['held']> {
    const { engine, request } = this.#options
    const ids = this.#idsOf(host).filter((id) => id !== engine.self && engine.membership.isAlive(id))
    const newest = Math.min(Math.max(1, limit), MOST_ASKED)
    const ask: EventsRequest = { after: [0, 0], newest, ...(lab === undefined ? {} : { lab }) }
    const asked = ids.map(async (id) => [id, await askAll(request, id, ask).catch(() => undefined)] as const)
    const answers = await Promise.all(asked)
    return new Map(answers.flatMap(([id, events]) => (events === undefined ? [] : [[id, events] as const])))
  }

  #filter({ host, lab, ageMs }: EventsAsk): Suits {
    const ids = new Set(this.#idsOf(host))
    if (host !== undefined && ids.size === 0) throw new MeshError('NOT_FOUND', `no host of this mesh is called ${host}`)
    const fromMs = ageMs === undefined ? 0 : this.#options.clock.nowMs() - ageMs
    return (event) =>
      (host === undefined || ids.has(event.host) || (event.about === host && isAboutHost(event.code))) &&
      (lab === undefined || event.lab === lab) &&
      event.atMs >= fromMs
  }

  /** Hosts that are or were called so. */
  #idsOf(name: string | undefined): readonly HostId[] {
    const hosts = this.#options.engine.roster?.hosts ?? []
    return name === undefined ? [] : hosts.filter((host) => host.name === name).map(({ id }) => id)
  }

  #view(event: FeedEvent): EventView {
    return { ...event, hostName: nameOf(this.#options.engine, event.host) }
  }
}

const sinceOf = ({ since }: EventsAsk): FeedCursor | undefined => {
  if (since === undefined) return undefined
  const cursor = decodeCursor(since)
  if (cursor === undefined) throw new MeshError('BAD_INPUT', 'the cursor `since` is not one of this feed')
  return cursor
}

/** Those that suit, merged: after a cursor all, else of each host no more than are wanted in all. */
const chosen = (
  feeds: Feed['held'],
  suits: Suits,
  { since, limit }: { readonly since: FeedCursor | undefined; readonly limit: number },
): readonly FeedEvent[] => {
  if (since === undefined && limit === 0) return []
  const few = [...feeds].map(([host, events]) => {
    const some = events.filter((event) => (since === undefined || isAfter(since, event)) && suits(event))
    return [host, since === undefined ? last(some, limit) : some] as const
  })
  return mergeFeeds(new Map(few))
}

const last = <T>(items: readonly T[], count: number): readonly T[] => (count === 0 ? [] : items.slice(-count))

/** Where `events` begin, and `end` for hosts that have none of them. */
const before = (events: readonly FeedEvent[], end: FeedCursor): FeedCursor => {
  const first = new Map<HostId, FeedPosition>()
  for (const { host, boot, seq } of events) if (!first.has(host)) first.set(host, [boot, seq - 1])
  return new Map([...end, ...first])
}

const isAboutHost = (code: string): boolean =>
  own<string, { about?: string | undefined }>(FEED_CODES, code)?.about === 'host'
