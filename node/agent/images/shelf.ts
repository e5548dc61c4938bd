import { createReadStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { Provider } from '#core/model/resource.ts'
import type { ImageEngines, ImageParts } from '#drivers/images.ts'
import type { Logger } from '#platform/log.ts'
import { Archive } from './archive.ts'
import { type BlobAsk, headOf, PartsAsk, read, readBlobAsk } from './messages.ts'
import { fileName, makeRoom } from './spool.ts'

export interface ImageShelfOptions {
  readonly engine: Pick<Engine, 'active'>
  readonly engines: ImageEngines
  readonly folder: string
  readonly log: Pick<Logger, 'info'>
  /** How long an archive that nobody reads is kept, in milliseconds; 20 s unless told. */
  readonly keepMs?: number
}

/** Given at once, to all hosts together: more of them share the same link. */
const MAX_GIVEN = 6
/** Archives at once: each takes the disk space of its image twice, here and in the engine. */
const MAX_ARCHIVES = 2
/** A host that was cut off is back sooner, or asks another. */
const KEEP_MS = 20_000
/** Read from disk at once. */
const READ_BYTES = 1024 * 1024

interface Held {
  readonly archive: Archive
  readers: number
  timer?: NodeJS.Timeout
}

/** What this host gives of its images: only those of labs that run, and only to hosts of the mesh, which alone can ask. */
export class ImageShelf {
  readonly #options: ImageShelfOptions
  readonly #held = new Map<string, Held>()
  readonly #opening = new Map<string, Promise<Held>>()
  #given = 0
  #count = 0

  constructor(options: ImageShelfOptions) {
    this.#options = options
  }

  /** Forgets what an earlier start left. */
  async start(): Promise<void> {
    await rm(this.#options.folder, { recursive: true, force: true })
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((id) => this.#drop(id)))
  }

  /** What an image is made of; null where it is not here. NOT_FOUND where no lab runs it, BAD_INPUT. */
  async parts(body: unknown): Promise<ImageParts | null> {
    const ask = read(PartsAsk, body)
    this.check(ask)
    return (await this.#options.engines[ask.provider ?? 'docker'].parts(ask.id)) ?? null
  }

  /** One part of an image, after its size. NOT_FOUND, BAD_INPUT, DISK_FULL, and BUSY where too much is given already. */
  async *give(body: unknown, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const ask = readBlobAsk(body)
    const { id, digest, offset } = ask
    this.check(ask)
    if (this.#given >= MAX_GIVEN) throw busy()
    this.#given += 1
    let held: Held | undefined
    try {
      held = await this.#hold(ask)
      const path = await stoppable(held.archive.file(digest), signal)
      const { size } = await stat(path)
      yield headOf(size)
      if (offset < size) yield* createReadStream(path, { start: offset, highWaterMark: READ_BYTES })
    } finally {
      this.#given -= 1
      if (held !== undefined) this.#leave(id, held)
    }
  }

  /** Throws NOT_FOUND where no lab that runs has this image. */
  check({ id }: Pick<BlobAsk, 'id'>): void {
    for (const { intent } of this.#options.engine.active.values())
      if (Object.values(intent.images ?? {}).includes(id)) return
    throw new MeshError('NOT_FOUND', `no lab that runs has image ${id}`)
  }

  /** Its archive, for one more reader. */
  async #hold({ id, provider }: PartsAsk): Promise<Held> {
    const opening = this.#opening.get(id) ?? this.#open(id, provider).finally(() => this.#opening.delete(id))
    this.#opening.set(id, opening)
    const held = await opening
    held.readers += 1
    clearTimeout(held.timer)
    return held
  }

  async #open(id: string, provider: Provider = 'docker'): Promise<Held> {
    const known = this.#held.get(id)
    if (known !== undefined) return known
    const { engines, folder, log } = this.#options
    const images = engines[provider]
    if (this.#held.size >= MAX_ARCHIVES) throw busy()
    const parts = await images.parts(id)
    if (parts === undefined) throw new MeshError('NOT_FOUND', `image ${id} is not here`)
    await makeRoom(folder, parts.sizeBytes, id)
    log.info({ image: id }, 'reading an image for other hosts')
    const wanted = [id, ...parts.layers]
    // One that goes may still be removing its files.
    this.#count += 1
    const own = join(folder, `${fileName(id)}.${this.#count}`)
    const held: Held = { archive: new Archive({ images, id, folder: own, wanted }), readers: 0 }
    this.#held.set(id, held)
    return held
  }

  #leave(id: string, held: Held): void {
    held.readers -= 1
    if (held.readers > 0) return
    const keepMs = held.archive.isBroken ? 0 : (this.#options.keepMs ?? KEEP_MS)
    held.timer = setTimeout(() => void this.#drop(id), keepMs).unref()
  }

  async #drop(id: string): Promise<void> {
    const held = this.#held.get(id)
    if (held === undefined) return
    clearTimeout(held.timer)
    this.#held.delete(id)
    await held.archive.remove()
  }
}

const busy = (): MeshError => new MeshError('BUSY', 'this host gives as many images as it can at once')

/** Rejects where nobody waits for it any more. */
const stoppable = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
