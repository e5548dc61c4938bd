import type { ServerResponse } from 'node:http'
import type { EventView, FollowedEvents } from '#agent/port.ts'
import { advance, decodeCursor, encodeCursor, type FeedCursor } from '#core/feed/cursor.ts'

/** A line at least this often, so that a reader knows the agent from a dead one. */
const BEAT_MS = 5_000
/** A reader that is behind is told after so many events how far it is: if it is let go, it comes back for the rest alone. */
const PAGE = 100
/** So many more than it missed may wait for a reader, some MiB; then it is let go, and comes back with its cursor. */
const MAX_BEHIND = 4_000
/** And so is one that takes nothing for so many beats. */
const MAX_STALLED_BEATS = 12

/**
 * Lines of JSON for a reader that may be slow: `{event}`, and `{cursor}` after each page of what it missed, at its end and at each beat.
 * No more is written than the reader takes; no cursor is ahead of the events before it.
 */
export class EventStream {
  readonly #raw: ServerResponse
  #followed: FollowedEvents | undefined
  #waiting: EventView[] = []
  /** After what is written, while something waits. */
  #at: FeedCursor = new Map()
  #most = MAX_BEHIND
  #isBehind = true
  /** Events written since the reader was told how far it is. */
  #untold = 0
  #stalledBeats = 0
  #timer: NodeJS.Timeout | undefined

  constructor(raw: ServerResponse) {
    this.#raw = raw
  }

  /** Writes what was missed, as fast as it is taken; then, until the connection is closed, what is pushed. */
  start(followed: FollowedEvents): void {
    this.#followed = followed
    this.#waiting = [...followed.missed]
    this.#at = decodeCursor(followed.from) ?? new Map()
    this.#most = followed.missed.length + MAX_BEHIND
    this.#timer = setInterval(() => this.#beat(), BEAT_MS)
    this.#raw.on('drain', () => {
      this.#stalledBeats = 0
      this.#pump()
    })
    this.#raw.once('close', () => {
      clearInterval(this.#timer)
      followed.stop()
    })
    this.#pump()
  }

  /** One more event, for after all that waits. */
  push(event: EventView): void {
    this.#waiting.push(event)
    this.#pump()
    if (this.#waiting.length > this.#most) this.#raw.destroy()
  }

  #pump(): void {
    let next = 0
    for (; next < this.#waiting.length && !this.#isFull; next++) {
      const event = this.#waiting[next]
      if (event === undefined) continue
      this.#line({ event })
      this.#at = advance(this.#at, event)
      this.#untold += 1
      if (this.#isBehind && this.#untold >= PAGE) this.#tell(encodeCursor(this.#at))
    }
    this.#waiting.splice(0, next)
    if (this.#waiting.length > 0) this.#isBehind = true
    else if (this.#isBehind && !this.#isFull) this.#tellEnd()
  }

  /** All that happened so far is written. */
  #tellEnd(): void {
    this.#isBehind = false
    if (this.#followed !== undefined) this.#tell(this.#followed.cursor())
  }

  #beat(): void {
    if (this.#waiting.length === 0 && !this.#isFull) this.#tellEnd()
    else if (++this.#stalledBeats >= MAX_STALLED_BEATS) this.#raw.destroy()
  }

  #tell(cursor: string): void {
    this.#untold = 0
    this.#line({ cursor })
  }

  #line(value: unknown): void {
    this.#raw.write(`${JSON.stringify(value)}\n`)
  }

  get #isFull(): boolean {
    return this.#raw.writableNeedDrain || this.#raw.destroyed
  }
}
