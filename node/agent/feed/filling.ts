import { z } from 'zod'
import { decodeEvents, type EventsBody, encodeEvents, MAX_BODY_EVENTS } from '#core/feed/body.ts'
import type { Shelf } from '#core/feed/shelf.ts'
import { MeshError } from '#core/model/errors.ts'
import { comparePositions, type FeedEvent, type FeedPosition, positionOf } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Clock } from '#platform/clock.ts'

export interface FillingOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>
  request(to: HostId, name: string, body: unknown, timeoutMs: number): Promise<unknown>
  /** Counts `FEED_FILLED` and `FEED_HOLE`. */
  count(code: string): void
  /** Where the newest event held of a host stands. */
  lastOf(host: HostId): FeedPosition
  /** Takes events without a hole; `after`: where the one before the first stands. */
  put(host: HostId, events: readonly FeedEvent[], after: FeedPosition): void
}

const ASK_TIMEOUT_MS = 2_000
/** A host that does not answer is asked again, so often and so long: what it told may come by way of others before the connection to it stands again. */
const AGAIN_MS = 500
const PATIENCE_MS = 10_000
/** Of a host not heard before, and after a long cut, so many are asked for. */
const NEWEST = 1_000
/** More pages than that are no honest answer. */
const MAX_PAGES = 8

const Ask = z.object({
  after: z.tuple([z.int().min(0), z.int().min(0)]),
  newest: z.int().min(1).max(10_000),
  lab: z.string().max(63).optional(),
})

/** What is asked of a host: its events after a position, of these the newest so many, of these the first {@link MAX_BODY_EVENTS}. */
export type EventsRequest = z.infer<typeof Ask>

/** The answer to {@link EventsRequest} of the host whose events are on `shelf`. Throws BAD_INPUT. */
export const bodyOf = (shelf: Shelf, body: unknown): EventsBody => {
  const ask = Ask.safeParse(body)
  if (!ask.success) throw new MeshError('BAD_INPUT', 'malformed request for events')
  const { after, newest, lab } = ask.data
  const asked = shelf
    .after(after, Number.POSITIVE_INFINITY)
    .filter((event) => lab === undefined || event.lab === lab)
    .slice(-newest)
  return encodeEvents(asked.length === 0 ? after : before(shelf, after, asked), asked.slice(0, MAX_BODY_EVENTS))
}

/** Where the event before those asked for stands: a later one than the asker has, where some are left out. */
const before = (shelf: Shelf, after: FeedPosition, asked: readonly FeedEvent[]): FeedPosition => {
  const [first] = asked
  const at = first === undefined ? -1 : shelf.events.indexOf(first)
  const event = shelf.events[at - 1]
  const position = event === undefined ? shelf.first : positionOf(event)
  return comparePositions(position, after) > 0 ? position : after
}

interface Told {
  readonly after: FeedPosition
  readonly events: readonly FeedEvent[]
}

/**
 * Puts what other hosts tell in order, without holes where that can be: what a record left out is asked of its host first. Only a host
 * itself is asked: nobody speaks for another.
 */
export class Filling {
  readonly #options: FillingOptions
  /** What a host told last, while it is asked for what was before. */
  readonly #waiting = new Map<HostId, Told>()

  constructor(options: FillingOptions) {
    this.#options = options
  }

  heard(host: HostId, body: unknown): void {
    const told = decodeEvents(host, body)
    // What came as a record was looked at before.
    if (told === undefined) return
    const isAsking = this.#waiting.has(host)
    if (!isAsking && this.#isNext(host, told)) this.#options.put(host, told.events, told.after)
    else this.#waiting.set(host, told)
    if (!isAsking && this.#waiting.has(host)) void this.#fill(host)
  }

  #isNext(host: HostId, { after }: Told): boolean {
    return comparePositions(after, this.#options.lastOf(host)) <= 0
  }

  /** Until what waits is the next, or the host does not say more. */
  async #fill(host: HostId): Promise<void> {
    const { clock, count, put } = this.#options
    const endMs = clock.monotonicMs() + PATIENCE_MS
    let pages = 0
    let more = true
    for (let told = this.#waiting.get(host); told !== undefined; told = this.#waiting.get(host)) {
      if (this.#isNext(host, told) || !more) {
        count(more ? 'FEED_FILLED' : 'FEED_HOLE')
        this.#waiting.delete(host)
        put(host, told.events, told.after)
        continue
      }
      const answer = await this.#ask(host)
      if (answer === 'none' && clock.monotonicMs() < endMs) {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref())
        continue
      }
      pages += 1
      more = answer === 'page' && pages <= MAX_PAGES
    }
  }

  /** One page, or that there is nothing more; `none`: it does not answer. */
  async #ask(host: HostId): Promise<'page' | 'end' | 'none'> {
    const { request, lastOf, put } = this.#options
    const ask: EventsRequest = { after: [...lastOf(host)], newest: NEWEST }
    const answer = await request(host, 'events', ask, ASK_TIMEOUT_MS).catch(() => undefined)
    if (answer === undefined) return 'none'
    const told = decodeEvents(host, answer)
    if (told === undefined || told.events.length === 0) return 'end'
    put(host, told.events, told.after)
    return 'page'
  }
}

/** All events of a host that `ask` asks for, page by page. Rejects as `request` does. */
export const askAll = async (
  request: FillingOptions['request'],
  host: HostId,
  ask: EventsRequest,
): Promise<readonly FeedEvent[]> => {
  const events: FeedEvent[] = []
  for (let after = ask.after; events.length < ask.newest; ) {
    const rest = { ...ask, after, newest: ask.newest - events.length }
    const told = decodeEvents(host, await request(host, 'events', rest, ASK_TIMEOUT_MS))
    const last = told?.events.at(-1)
    if (told === undefined || last === undefined) break
    events.push(...told.events)
    after = [last.boot, last.seq]
    if (told.events.length < MAX_BODY_EVENTS) break
  }
  return events
}
