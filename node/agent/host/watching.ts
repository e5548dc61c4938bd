import type { Resource } from '#core/model/resource.ts'
import { type Driver, hasWatch, type Source } from '#drivers/driver.ts'
import type { Clock } from '#platform/clock.ts'
import type { Exec, Follow } from '#platform/exec.ts'
import type { Logger } from '#platform/log.ts'

export interface WatchingOptions {
  readonly drivers: readonly Driver[]
  readonly exec: Exec
  readonly follow: Follow
  readonly clock: Clock
  readonly log: Logger
  /** Counts `watch.told.<source>` and `watch.ended.<source>`. */
  count(code: string): void
  /** What the last look at the host found. */
  seen(): readonly Resource[]
  /** When that look began, by the monotonic clock. */
  lookedMs(): number
  /** Asks for a look at the host. */
  trigger(): void
  /** A source that had told ended, with why; undefined: it tells. */
  onSource?(name: string, why: string | undefined): void
}

type Of<T extends Source['type']> = Extract<Source, { type: T }>

/** One change comes as several events (a container that goes takes its devices along): this long they are gathered. */
const GATHER_MS = 100
/** So many looks may follow each other; then one comes every {@link REFILL_MS}, or a storm of events would keep a core busy. */
const BURST = 20
const REFILL_MS = 1_000
/** A source that ran this long has begun to tell; what happened before it did, a look finds. */
const BEGUN_MS = 1_000
const FIRST_RETRY_MS = 250
/** A daemon that was restarted is heard again this soon at the latest. */
const LONGEST_RETRY_MS = 3_000

/**
 * Listens to what the drivers' tools tell of this host and asks for a look at it. Changes of our own tell of themselves as well:
 * a look that began after the last event has seen it, and none is asked for.
 */
export class Watching {
  readonly #options: WatchingOptions
  readonly #stop = new AbortController()
  #running: readonly Promise<void>[] = []
  #timer: NodeJS.Timeout | undefined
  #toldMs = Number.NEGATIVE_INFINITY
  #left = BURST
  #leftMs = 0

  constructor(options: WatchingOptions) {
    this.#options = options
  }

  start(): void {
    const sources = this.#options.drivers.filter(hasWatch).flatMap((driver) => driver.sources())
    const distinct = [...new Map(sources.map((source) => [source.name, source])).values()]
    this.#running = distinct.map((source) => (source.type === 'stream' ? this.#listen(source) : this.#ask(source)))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    clearTimeout(this.#timer)
    await Promise.all(this.#running)
  }

  async #listen(source: Of<'stream'>): Promise<void> {
    const { clock, count, log, seen, follow, onSource } = this.#options
    for (let retryMs = FIRST_RETRY_MS; !this.#stop.signal.aborted; ) {
      const startMs = clock.monotonicMs()
      const begun = setTimeout(() => {
        onSource?.(source.name, undefined)
        this.#told(source)
      }, BEGUN_MS)
      const onLine = (line: string): void => {
        if (source.tells(line, seen())) this.#told(source)
      }
      const error = await follow(source.command, onLine, this.#stop.signal).catch((error: unknown) => error)
      clearTimeout(begun)
      if (this.#stop.signal.aborted) return
      const hadBegun = clock.monotonicMs() - startMs >= BEGUN_MS
      count(`watch.ended.${source.name}`)
      log[hadBegun ? 'warn' : 'debug']({ source: source.name, err: error }, 'no events for a moment')
      if (hadBegun) {
        retryMs = FIRST_RETRY_MS
        onSource?.(source.name, 'it tells nothing more, and is asked again')
        this.#told(source)
      }
      await pause(retryMs, this.#stop.signal)
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)
    }
  }

  async #ask(source: Of<'poll'>): Promise<void> {
    let last: string | undefined
    while (!this.#stop.signal.aborted) {
      const digest = await this.#digest(source)
      if (last !== undefined && digest !== last) this.#told(source)
      last = digest
      await pause(source.everyMs, this.#stop.signal)
    }
  }

  /** That a tool begins or ceases to fail is a change as well. */
  async #digest({ command, digest }: Of<'poll'>): Promise<string> {
    try {
      return digest((await this.#options.exec.run(command, this.#stop.signal)).stdout)
    } catch (error) {
      return `cannot be read: ${String(error)}`
    }
  }

  #told({ name }: Source): void {
    const { clock, count } = this.#options
    if (this.#stop.signal.aborted) return
    count(`watch.told.${name}`)
    this.#toldMs = clock.monotonicMs()
    this.#timer ??= setTimeout(() => this.#look(), Math.max(GATHER_MS, this.#restMs()))
  }

  #look(): void {
    this.#timer = undefined
    if (this.#options.lookedMs() > this.#toldMs) return
    this.#left -= 1
    this.#options.trigger()
  }

  /** Milliseconds until another look may be asked for. */
  #restMs(): number {
    const nowMs = this.#options.clock.monotonicMs()
    this.#left = Math.min(BURST, this.#left + (nowMs - this.#leftMs) / REFILL_MS)
    this.#leftMs = nowMs
    return (1 - this.#left) * REFILL_MS
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const onEnd = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onEnd)
      resolve()
    }
    const timer = setTimeout(onEnd, ms)
    if (signal.aborted) onEnd()
    else signal.addEventListener('abort', onEnd)
  })
