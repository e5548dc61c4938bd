import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MeshError } from '#core/model/errors.ts'
import type { Images } from '#drivers/images.ts'
import { fileName, writeHashed } from './spool.ts'

export interface ArchiveOptions {
  readonly images: Pick<Images, 'archive'>
  readonly id: string
  /** Of this archive alone. */
  readonly folder: string
  /** Digests of what is looked for in it. */
  readonly wanted: readonly string[]
}

/** An image's archive, taken apart while the engine writes it: each of its files can be had as soon as it is whole. */
export class Archive {
  readonly #options: ArchiveOptions
  readonly #found = new Map<string, PromiseWithResolvers<string>>()
  readonly #there = new Set<string>()
  readonly #stop = new AbortController()
  readonly #run: Promise<void>
  #isBroken = false

  constructor(options: ArchiveOptions) {
    this.#options = options
    for (const digest of options.wanted) {
      const found = Promise.withResolvers<string>()
      // Nobody may be waiting for it when it fails.
      found.promise.catch(() => undefined)
      this.#found.set(digest, found)
    }
    this.#run = this.#read()
  }

  /** Where the file with this content is. Rejects with NOT_FOUND where the archive has none, or the engine's reason. */
  async file(digest: string): Promise<string> {
    const found = this.#found.get(digest)
    if (found === undefined) throw new MeshError('NOT_FOUND', `image ${this.#options.id} has no part ${digest}`)
    return found.promise
  }

  /** Whether something was looked for that it does not have, or the engine failed. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Ends it and removes its files. */
  async remove(): Promise<void> {
    this.#stop.abort()
    await this.#run
    await rm(this.#options.folder, { recursive: true, force: true })
  }

  /** Never rejects: who waits is told. */
  async #read(): Promise<void> {
    const { images, id, folder } = this.#options
    let failure: unknown = new MeshError(
      'NOT_FOUND',
      `the engine keeps image ${id} in a form that cannot be handed over`,
    )
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      for await (const { bytes } of images.archive(id, this.#stop.signal)) {
        const digest = await writeHashed(join(folder, 'new'), bytes)
        const path = join(folder, fileName(digest))
        const found = this.#found.get(digest)
        if (found === undefined) continue
        await rename(join(folder, 'new'), path)
        this.#there.add(digest)
        found.resolve(path)
      }
    } catch (error) {
      failure = error
    }
    this.#isBroken = !this.#options.wanted.every((digest) => this.#there.has(digest))
    for (const found of this.#found.values()) found.reject(failure)
  }
}
