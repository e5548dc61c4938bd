import type { Engine } from '#core/engine/engine.ts'
import { intentOf } from '#core/engine/labs.ts'
import { revisionsOf } from '#core/revisions/revisions.ts'
import { digestsOf, savesOf } from '#core/saved/saved.ts'
import type { Clock } from '#platform/clock.ts'
import type { Logger } from '#platform/log.ts'
import type { Store } from '#store/index.ts'
import { type BlobSources, findBlob } from '../blobs.ts'
import { decodeDocument } from './revision-document.ts'

export interface KeeperOptions extends Omit<BlobSources, 'store'> {
  readonly engine: Engine
  readonly store: BlobSources['store'] & Pick<Store, 'dropBlobs'>
  readonly clock: Clock
  readonly log: Logger
}

/** What was put a short while ago may be of a submission that is not kept yet. */
const GRACE_MS = 3_600_000
const SWEEP_MS = 3_600_000

/**
 * Keeps on this host what the revisions of labs are made of: their documents, and configurations that were saved, on every host, so that
 * any of them can answer, their files on core hosts, so that one that is lost takes none with it. What nothing names any more is dropped.
 */
export class Keeper {
  readonly #options: KeeperOptions
  /** Digests that are here with all they name. */
  readonly #whole = new Set<string>()
  #sweptMs: number
  #busy: Promise<void> | undefined

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#sweptMs = options.clock.monotonicMs()
  }

  /** Brings what is missing, as far as it can be had now. Never rejects. */
  look(): Promise<void> {
    this.#busy ??= this.#look()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'revisions of labs could not be kept'))
      .finally(() => {
        this.#busy = undefined
      })
    return this.#busy
  }

  async #look(): Promise<void> {
    const { engine, clock } = this.#options
    const wanted = engine.book.of('revisions').flatMap((record) => revisionsOf(record).map(({ sha256 }) => sha256))
    const saved = engine.book.of('saves').flatMap((record) => digestsOf(savesOf(record)))
    const all = new Set([...wanted, ...saved])
    for (const sha256 of wanted) if (!this.#whole.has(sha256) && (await this.#bring(sha256))) this.#whole.add(sha256)
    for (const sha256 of saved) if (!this.#whole.has(sha256) && (await this.#has(sha256))) this.#whole.add(sha256)
    for (const sha256 of this.#whole) if (!all.has(sha256)) this.#whole.delete(sha256)
    if (clock.monotonicMs() - this.#sweptMs < SWEEP_MS || this.#whole.size < all.size) return
    this.#sweptMs = clock.monotonicMs()
    await this.#sweep(wanted, saved)
  }

  async #has(sha256: string): Promise<boolean> {
    return (await findBlob(this.#options, sha256)) !== undefined
  }

  /** Whether a document and what it names is here now. */
  async #bring(sha256: string): Promise<boolean> {
    const bytes = await findBlob(this.#options, sha256)
    if (bytes === undefined) return false
    if (this.#options.engine.replica === undefined) return true
    let isWhole = true
    for (const file of decodeDocument(bytes).intent.files)
      isWhole = (await findBlob(this.#options, file.sha256)) !== undefined && isWhole
    return isWhole
  }

  async #sweep(documents: readonly string[], saved: readonly string[]): Promise<void> {
    const { engine, store, clock, log } = this.#options
    const intents = [
      ...engine.book.of('intent').flatMap((record) => intentOf(record) ?? []),
      ...[...engine.active.values()].map(({ intent }) => intent),
    ]
    for (const sha256 of documents) intents.push(decodeDocument(await store.getBlob(sha256)).intent)
    const named = new Set([
      ...documents,
      ...saved,
      ...intents.flatMap(({ files }) => files.map(({ sha256 }) => sha256)),
    ])
    const dropped = await store.dropBlobs(named, clock.nowMs() - GRACE_MS)
    if (dropped > 0) log.info({ dropped }, 'files that no lab and no revision names any more were dropped')
  }
}
