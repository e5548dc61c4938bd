import { useEffect, useState } from 'preact/hooks'
import type { EventView } from '#agent/port.ts'
import { asApiError, get } from '../api.ts'
import { type FeedEntry, withEvent } from './feed.ts'
import { type EventFilter, feedQuery } from './filter.ts'

const FIRST = 500
const MOST = 10_000
/** Asked again and again: an answer that stays open would take one of the six connections a browser has for all its tabs. */
const EVERY_MS = 1_000
const AFTER_FAILURE_MS = 3_000

export interface Feed {
  readonly entries: readonly FeedEntry[]
  readonly error: unknown
  readonly state: 'open' | 'cut'
}

const EMPTY: Feed = { entries: [], error: undefined, state: 'open' }

/** The last events that fit, and each new one, of as many hosts as this one hears. After a cut: what was missed, behind a mark. */
export function useEvents(filter: EventFilter): Feed {
  const [feed, setFeed] = useState<Feed>(EMPTY)
  useEffect(() => {
    const reader = new FeedReader(filter, setFeed)
    setFeed(EMPTY)
    reader.start()
    return () => reader.stop()
  }, [filter.host, filter.lab])
  return feed
}

interface Page {
  readonly events: readonly EventView[]
  readonly cursor: string
}

/** Reads on from where it was left, and tells what the feed is then. */
class FeedReader {
  readonly #filter: EventFilter
  readonly #update: (change: (feed: Feed) => Feed) => void
  readonly #stop = new AbortController()
  readonly #seen = new Set<string>()
  #cursor = ''
  #gaps = 0
  #isCut = false

  constructor(filter: EventFilter, update: (change: (feed: Feed) => Feed) => void) {
    this.#filter = filter
    this.#update = update
  }

  start(): void {
    void this.#next()
  }

  stop(): void {
    this.#stop.abort()
  }

  async #next(): Promise<void> {
    const pauseMs = document.hidden ? EVERY_MS : await this.#read()
    if (!this.#stop.signal.aborted) setTimeout(() => void this.#next(), pauseMs)
  }

  async #read(): Promise<number> {
    try {
      const more = this.#cursor === '' ? { limit: `${FIRST}` } : { since: this.#cursor, limit: `${MOST}` }
      const page = await get<Page>(`/v1/events?${feedQuery(this.#filter, more)}`, this.#stop.signal)
      this.#take(page)
      return EVERY_MS
    } catch (error) {
      if (this.#stop.signal.aborted) return 0
      const { status } = asApiError(error)
      this.#isCut = true
      this.#update((feed) => ({ ...feed, state: 'cut', error: status >= 400 && status < 500 ? error : undefined }))
      return AFTER_FAILURE_MS
    }
  }

  #take({ events, cursor }: Page): void {
    const mark = this.#isCut && this.#cursor !== '' ? [this.#gap(events.length)] : []
    this.#isCut = false
    this.#cursor = cursor
    this.#update((feed) => {
      if (events.length === 0 && mark.length === 0 && feed.state === 'open') return feed
      const entries = events.reduce<readonly FeedEntry[]>(
        (all, event) => withEvent(all, event, this.#seen),
        [...feed.entries, ...mark],
      )
      return { entries, error: undefined, state: 'open' }
    })
  }

  #gap(missed: number): FeedEntry {
    this.#gaps += 1
    return { type: 'gap', id: this.#gaps, atMs: Date.now(), missed }
  }
}
