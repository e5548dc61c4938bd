import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '#core/engine/engine.ts'
import type { FeedTold } from '#core/model/feed.ts'
import type { ResourceId } from '#core/model/ids.ts'
import type { Image, Resource } from '#core/model/resource.ts'
import { imageId, lxdImageId } from '#core/model/resource-ids.ts'
import type { Clock } from '#platform/clock.ts'
import { createLimit } from '#platform/limit.ts'
import { fileName, keepFolders } from './spool.ts'
import { Transfer, type TransferNews, type TransferOptions } from './transfer.ts'

export interface ImageFetchesOptions extends Omit<TransferOptions, 'onNews'> {
  readonly engine: Pick<Engine, 'active'>
  readonly clock: Clock
  /** Holds one folder per image. */
  readonly folder: string
  /** Something changed that a pass should look at. */
  changed(): void
  tell(told: FeedTold): void
}

type State =
  | { readonly type: 'busy'; readonly about: ResourceId; readonly transfer: Transfer; readonly stop: AbortController }
  /** None of these hosts has it: whoever may ask a registry does. */
  | { readonly type: 'nowhere'; readonly untilMs: number; readonly asked: string }
  | { readonly type: 'failed'; readonly about: ResourceId; readonly untilMs: number; readonly message: string }

/** Images at once; the link is the same for all of them. */
const TRANSFERS = 2
/** How long an answer that nobody has it counts, and how soon one that failed is tried again. */
const NOWHERE_MS = 5_000
const FAILED_MS = 15_000

/** Brings images of labs that this host lacks, by content, from whichever host has them. */
export class ImageFetches {
  readonly #options: ImageFetchesOptions
  readonly #states = new Map<string, State>()
  readonly #limit = createLimit(TRANSFERS)

  constructor(options: ImageFetchesOptions) {
    this.#options = options
  }

  /** Whether an image is to be had by its engine alone; starts to bring it from another host where it may be. */
  mayPull(image: Image): boolean {
    const { digest } = image
    if (digest === undefined) return true
    const { clock } = this.#options
    const state = this.#states.get(digest)
    const isOver = state !== undefined && state.type !== 'busy' && clock.monotonicMs() >= state.untilMs
    if (state === undefined || isOver) this.#start(digest, image)
    return state?.type === 'nowhere' && !isOver
  }

  /** How far images on their way are, by resource. */
  doing(): ReadonlyMap<ResourceId, string> {
    return this.#told((state) => (state.type === 'busy' ? state.transfer.text : undefined))
  }

  /** Why images do not come, by resource. */
  problems(): ReadonlyMap<ResourceId, string> {
    return this.#told((state) => (state.type === 'failed' ? state.message : undefined))
  }

  /** Asks again where there are other hosts to be asked than before. */
  heed(): void {
    const asked = this.#asked()
    const stale = [...this.#states].filter(([, state]) => state.type === 'nowhere' && state.asked !== asked)
    for (const [digest] of stale) this.#states.delete(digest)
    if (stale.length > 0) this.#options.changed()
  }

  /** Ends and removes what no lab that runs asks for, or what has come another way. */
  async keepOnly(seen: readonly Resource[]): Promise<void> {
    const wanted = new Set(
      [...this.#options.engine.active.values()].flatMap(({ intent }) => Object.values(intent.images ?? {})),
    )
    for (const one of seen) if (one.kind === 'image' && !this.#isBusy(one.digest)) wanted.delete(one.digest ?? '')
    for (const [digest, state] of this.#states) {
      if (wanted.has(digest)) continue
      this.#states.delete(digest)
      if (state.type === 'busy') state.stop.abort()
    }
    await keepFolders(this.#options.folder, new Set([...wanted].map(fileName)))
  }

  stop(): void {
    for (const state of this.#states.values()) if (state.type === 'busy') state.stop.abort()
  }

  #start(id: string, { id: about, name, provider = 'docker' }: Image): void {
    const folder = join(this.#options.folder, fileName(id))
    const named = provider === 'lxd' ? lxdImageId(name) : imageId(name)
    const options = { ...this.#options, onNews: (news: TransferNews) => this.#options.tell(eventOf(named, news)) }
    const stop = new AbortController()
    const transfer = new Transfer(options, { provider, id, name, folder })
    this.#states.set(id, { type: 'busy', about, transfer, stop })
    void this.#limit.run(() => this.#run(id, { about, transfer, signal: stop.signal }))
  }

  /** Never rejects. */
  async #run(
    id: string,
    { about, transfer, signal }: { about: ResourceId; transfer: Transfer; signal: AbortSignal },
  ): Promise<void> {
    const { clock, changed, log, folder } = this.#options
    const asked = this.#asked()
    const end = await transfer.run(signal).then(
      (isDone): State | undefined =>
        isDone ? undefined : { type: 'nowhere', asked, untilMs: clock.monotonicMs() + NOWHERE_MS },
      (error: unknown): State => ({
        type: 'failed',
        about,
        message: error instanceof Error ? error.message : String(error),
        untilMs: clock.monotonicMs() + FAILED_MS,
      }),
    )
    if (signal.aborted) return void (await this.#forget(join(folder, fileName(id)), id))
    if (end?.type === 'failed') log.warn({ image: id, why: end.message }, 'an image does not come')
    if (end === undefined) this.#states.delete(id)
    else this.#states.set(id, end)
    changed()
  }

  /** What was stopped because nobody wants it any more leaves nothing; what goes on after a restart stays. */
  async #forget(folder: string, id: string): Promise<void> {
    if (!this.#states.has(id)) await rm(folder, { recursive: true, force: true })
  }

  #isBusy(digest: string | undefined): boolean {
    return digest !== undefined && this.#states.get(digest)?.type === 'busy'
  }

  #asked(): string {
    return [...this.#options.peers()].toSorted().join()
  }

  #told(text: (state: State) => string | undefined): ReadonlyMap<ResourceId, string> {
    return new Map(
      [...this.#states.values()].flatMap((state) => {
        const found = text(state)
        return found === undefined || state.type === 'nowhere' ? [] : [[state.about, found] as const]
      }),
    )
  }
}

const CODES = { begun: 'IMAGE_FETCHING', done: 'IMAGE_FETCHED', refused: 'IMAGE_REFUSED' } as const

const eventOf = (about: ResourceId, { type, message }: TransferNews): FeedTold => ({
  level: type === 'refused' ? 'warn' : 'info',
  code: CODES[type],
  about,
  message,
})
