import { comparePositions, type FeedEvent, type FeedPosition, positionOf } from '../model/feed.ts'

/** What a shelf holds at most; a tenth more is let in before the oldest go. */
export interface ShelfLimits {
  readonly events: number
  /** Roughly, by the length of the texts. */
  readonly bytes: number
}

const SLACK = 1.1
/** Numbers, time, level and code of an event, as JSON. */
const BYTES_BESIDES_TEXT = 80

/** One host's events, oldest first, bounded: when full the oldest go, many at once. */
export class Shelf {
  readonly #limits: ShelfLimits
  #events: FeedEvent[] = []
  #bytes = 0
  #first: FeedPosition = [0, 0]

  constructor(limits: ShelfLimits) {
    this.#limits = limits
  }

  get events(): readonly FeedEvent[] {
    return this.#events
  }

  /** Where the newest one stands; [0, 0] where there was none. */
  get last(): FeedPosition {
    const event = this.#events.at(-1)
    return event === undefined ? this.#first : positionOf(event)
  }

  /** Everything after this position is here, as far as it was put. */
  get first(): FeedPosition {
    return this.#first
  }

  /** Takes what is later than the last, in order; answers that. `after`: where what is before the first of them stands. */
  put(events: readonly FeedEvent[], after?: FeedPosition): readonly FeedEvent[] {
    const fresh = events.filter((event) => comparePositions(positionOf(event), this.last) > 0)
    if (this.#events.length === 0 && after !== undefined && comparePositions(after, this.#first) > 0)
      this.#first = after
    this.#events.push(...fresh)
    for (const event of fresh) this.#bytes += sizeOf(event)
    if (this.#isOver(SLACK)) this.#drop()
    return fresh
  }

  /** Those after `position`, oldest first, at most `limit`. */
  after(position: FeedPosition, limit: number): readonly FeedEvent[] {
    const start = this.#events.findIndex((event) => comparePositions(positionOf(event), position) > 0)
    return start === -1 ? [] : this.#events.slice(start, start + limit)
  }

  #isOver(slack: number): boolean {
    const { events, bytes } = this.#limits
    return this.#events.length > events * slack || this.#bytes > bytes * slack
  }

  #drop(): void {
    let count = 0
    while (this.#events.length - count > this.#limits.events || this.#bytes > this.#limits.bytes) {
      const event = this.#events[count]
      if (event === undefined) break
      this.#bytes -= sizeOf(event)
      this.#first = positionOf(event)
      count += 1
    }
    this.#events = this.#events.slice(count)
  }
}

const sizeOf = ({ message, about = '', lab = '' }: FeedEvent): number =>
  message.length + about.length + lab.length + BYTES_BESIDES_TEXT
