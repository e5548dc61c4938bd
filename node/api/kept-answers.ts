import type { Clock } from '#platform/clock.ts'

/** An answer as it was sent. */
export interface Kept {
  readonly status: number
  /** Content type; empty where there is none. */
  readonly type: string
  readonly text: string
}

/** What is known of a key: nothing, another request, or the answer of this one, undefined where it may be tried again. */
export type Found =
  | { readonly type: 'new'; settle(answer: Kept | undefined): void }
  | { readonly type: 'other' }
  | { readonly type: 'same'; readonly answer: Promise<Kept | undefined> }

/** One day, as most services keep them. */
export const KEPT_MS = 24 * 3600 * 1000
/** Of one actor, and of all together; the oldest go first. */
export const MAX_KEYS = { actor: 1_000, all: 10_000 } as const
/** UTF-16 code units of all answers together: 16 MiB of memory at most. */
const MAX_TEXT = 8 * 1024 * 1024

interface Entry {
  readonly owner: string
  readonly print: string
  readonly sinceMs: number
  readonly answer: Promise<Kept | undefined>
  size: number
}

/** Answers of changes, by who asked for them and their key. */
export class KeptAnswers {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>()
  #text = 0

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** `print` tells one request from another. Whoever gets `new` must settle it. */
  begin(owner: string, key: string, print: string): Found {
    this.#forgetOld()
    const id = `${owner} ${key}`
    const held = this.#entries.get(id)
    if (held !== undefined) return held.print === print ? { type: 'same', answer: held.answer } : { type: 'other' }
    const { promise: answer, resolve } = Promise.withResolvers<Kept | undefined>()
    const entry: Entry = { owner, print, sinceMs: this.#clock.monotonicMs(), answer, size: 0 }
    this.#entries.set(id, entry)
    this.#makeRoom(owner)
    const settle = (kept: Kept | undefined): void => {
      if (kept === undefined) this.#drop(id, entry)
      else this.#grow(entry, kept.text.length)
      resolve(kept)
    }
    return { type: 'new', settle }
  }

  #forgetOld(): void {
    const untilMs = this.#clock.monotonicMs() - KEPT_MS
    for (const [id, entry] of this.#entries) {
      if (entry.sinceMs > untilMs) return
      this.#drop(id, entry)
    }
  }

  #makeRoom(owner: string): void {
    const own = [...this.#entries].filter(([, entry]) => entry.owner === owner)
    const [oldest] = own
    if (own.length > MAX_KEYS.actor && oldest !== undefined) this.#drop(...oldest)
    for (const [id, entry] of this.#entries) {
      if (this.#entries.size <= MAX_KEYS.all) return
      this.#drop(id, entry)
    }
  }

  #grow(entry: Entry, size: number): void {
    entry.size = size
    this.#text += size
    for (const [id, oldest] of this.#entries) {
      if (this.#text <= MAX_TEXT) return
      this.#drop(id, oldest)
    }
  }

  #drop(id: string, entry: Entry): void {
    if (this.#entries.get(id) !== entry) return
    this.#entries.delete(id)
    this.#text -= entry.size
  }
}
