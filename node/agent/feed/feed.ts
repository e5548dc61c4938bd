import { type EventsBody, encodeEvents } from '#core/feed/body.ts'
import { advance, type FeedCursor } from '#core/feed/cursor.ts'
import { Shelf } from '#core/feed/shelf.ts'
import { Storm } from '#core/feed/storm.ts'
import { tidy } from '#core/feed/text.ts'
import { type FeedEvent, type FeedPosition, type FeedTold, positionOf } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Clock } from '#platform/clock.ts'
import type { Store } from '#store/index.ts'
import { bodyOf, Filling, type FillingOptions } from './filling.ts'

export interface FeedOptions extends Pick<FillingOptions, 'request' | 'count'> {
  readonly self: HostId
  /** Durable counter of this start. */
  readonly boot: number
  readonly clock: Clock
  readonly store: Pick<Store, 'loadEvents' | 'appendEvents' | 'getMeta' | 'putMeta'>
  /** Gossips this host's newest events. */
  publish(body: EventsBody): void
  /** The store failed. */
  onFatal(error: unknown): void
}

/** In a storm one record in so many ms, with all that was told meanwhile: each costs every host some ms of CPU. */
const GATHER_MS = 200
/** So many records may go out at once before: what happens now and then never waits. */
const AT_ONCE = 5
/** What one record tells: enough that a host which missed some records needs not ask. */
const RECORD_EVENTS = 32
const RECORD_CHARS = 6_000
/** This host's events, in memory as on the disk; and those of each other host, in memory alone. */
const OWN = { events: 10_000, bytes: 4 * 1024 * 1024 }
const OTHERS = { events: 1_000, bytes: 512 * 1024 }
/** The boot that ended with `stop`: all others were killed, or lost their power. */
const STOPPED = 'feed/stopped'

type Listener = (event: FeedEvent) => void

/** What happened, host by host in order: this host's own events, told to all, and those others tell. */
export class Feed {
  readonly #options: FeedOptions
  readonly #own = new Shelf(OWN)
  readonly #others = new Map<HostId, Shelf>()
  readonly #filling: Filling
  readonly #storm: Storm
  readonly #listeners = new Set<Listener>()
  #seq = 0
  #unsent: FeedEvent[] = []
  /** Records that may go out at once, and when that was counted. */
  #records = { left: AT_ONCE, atMs: 0 }
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: FeedOptions) {
    this.#options = options
    this.#storm = new Storm(options.clock.monotonicMs())
    this.#filling = new Filling({
      ...options,
      lastOf: (host) => this.#others.get(host)?.last ?? [0, 0],
      put: (host, events, after) => this.#put(host, events, after),
    })
  }

  /** Before anything is told: what this host kept; then tells that the agent runs, and how it had ended. */
  async start({ name, version }: { readonly name: string; readonly version: string }): Promise<void> {
    const { store, boot } = this.#options
    this.#own.put((await store.loadEvents()) as FeedEvent[])
    const stopped = await store.getMeta(STOPPED)
    const how = boot === 1 ? 'for the first time' : stopped === boot - 1 ? 'after a stop' : 'after it was killed'
    this.tell({ level: 'info', code: 'AGENT_STARTED', message: `version ${version} runs, ${how}`, about: name })
  }

  /** Sends and keeps what waits; nothing is told after. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#flush()
    await this.#options.store.putMeta(STOPPED, this.#options.boot)
  }

  /** Tells one event; more than a host that works could have to tell are only counted. */
  tell(told: FeedTold): void {
    if (this.#stopped) return
    const nowMs = this.#options.clock.monotonicMs()
    this.#tellMissed(nowMs)
    if (this.#storm.admits(nowMs)) this.#add(told)
    else this.#options.count('EVENT_NOT_TOLD')
    this.#schedule(nowMs)
  }

  /** A record of kind `events` that another host signed. */
  heard(host: HostId, body: unknown): void {
    this.#filling.heard(host, body)
  }

  /** An answer to the request of another host: see {@link bodyOf}. */
  answer(body: unknown): EventsBody {
    return bodyOf(this.#own, body)
  }

  /** All that is held here, by host, oldest first. */
  get held(): ReadonlyMap<HostId, readonly FeedEvent[]> {
    const others = [...this.#others].map(([host, shelf]) => [host, shelf.events] as const)
    return new Map([[this.#options.self, this.#own.events] as const, ...others])
  }

  /** How far everything held goes. */
  get cursor(): FeedCursor {
    let cursor: FeedCursor = new Map()
    for (const events of this.held.values()) for (const event of events.slice(-1)) cursor = advance(cursor, event)
    return cursor
  }

  /** Calls `listener` with every event from now on, each once, those of one host in order; the answer ends that. */
  follow(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #add(told: FeedTold): void {
    const { self, boot, clock } = this.#options
    this.#seq += 1
    const event: FeedEvent = { host: self, boot, seq: this.#seq, atMs: clock.nowMs(), ...tidy(told) }
    this.#own.put([event])
    this.#unsent.push(event)
    this.#emit([event])
  }

  #tellMissed(nowMs: number): void {
    const missed = this.#storm.takeMissed(nowMs)
    if (missed > 0) this.#add({ level: 'warn', code: 'MORE', message: `and ${missed} more, not told one by one` })
  }

  /** At once, with what comes in the same turn; gathered where many went out just now. */
  #schedule(nowMs: number): void {
    if (this.#timer !== undefined || (this.#unsent.length === 0 && !this.#storm.isCounting)) return
    const waitMs = (1 - this.#recordsLeft(nowMs)) * GATHER_MS
    this.#timer = setTimeout(() => this.#flush(), Math.max(0, waitMs))
  }

  #recordsLeft(nowMs: number): number {
    const { left, atMs } = this.#records
    this.#records = { left: Math.min(AT_ONCE, left + (nowMs - atMs) / GATHER_MS), atMs: nowMs }
    return this.#records.left
  }

  #flush(): void {
    const { clock, store, boot, publish, onFatal } = this.#options
    clearTimeout(this.#timer)
    this.#timer = undefined
    const nowMs = clock.monotonicMs()
    this.#records = { left: this.#recordsLeft(nowMs) - 1, atMs: nowMs }
    this.#tellMissed(nowMs)
    const events = this.#unsent
    this.#unsent = []
    const [first] = events
    if (first !== undefined) {
      publish(this.#newest())
      store.appendEvents([boot, first.seq], events).catch(onFatal)
    }
    if (!this.#stopped) this.#schedule(nowMs)
  }

  /** As many of the newest as a record has room for. */
  #newest(): EventsBody {
    const events = this.#own.events.slice(-RECORD_EVENTS)
    let chars = 0
    let count = 0
    for (const event of events.toReversed()) {
      chars += JSON.stringify(event).length
      if (count > 0 && chars > RECORD_CHARS) break
      count += 1
    }
    const told = events.slice(-count)
    const before = this.#own.events.at(-count - 1)
    return encodeEvents(before === undefined ? this.#own.first : positionOf(before), told)
  }

  #put(host: HostId, events: readonly FeedEvent[], after: FeedPosition): void {
    const shelf = this.#others.get(host) ?? new Shelf(OTHERS)
    this.#others.set(host, shelf)
    this.#emit(shelf.put(events, after))
  }

  #emit(events: readonly FeedEvent[]): void {
    for (const event of events) for (const listener of [...this.#listeners]) listener(event)
  }
}
