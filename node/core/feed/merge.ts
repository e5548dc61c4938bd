import type { FeedEvent } from '../model/feed.ts'
import type { HostId } from '../model/ids.ts'
import { compareText } from '../record/version.ts'

/**
 * Events of several hosts as one list for people: by wall clock, but two of one host never change places. Where a host's clock was set
 * back, its events from before count as old as the first one after; so one wrong clock does not keep a host at the end for ever.
 */
export const mergeFeeds = (feeds: ReadonlyMap<HostId, readonly FeedEvent[]>): readonly FeedEvent[] =>
  [...feeds.values()]
    .flatMap(dated)
    .sort((a, b) => a.atMs - b.atMs || compareText(a.event.host, b.event.host) || a.place - b.place)
    .map(({ event }) => event)

interface Dated {
  readonly event: FeedEvent
  readonly atMs: number
  readonly place: number
}

const dated = (events: readonly FeedEvent[]): readonly Dated[] => {
  let atMs = Number.POSITIVE_INFINITY
  return events
    .map((event, place) => ({ event, place }))
    .reverse()
    .map(({ event, place }) => {
      atMs = Math.min(atMs, event.atMs)
      return { event, atMs, place }
    })
}
