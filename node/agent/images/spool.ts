import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { MeshError } from '#core/model/errors.ts'

/** Left for others on a disk, in bytes. */
const SPARE_BYTES = 128 * 1024 * 1024

/** A digest as the name of a file. */
export const fileName = (digest: string): string => digest.replace('sha256:', '')

/** The same for what a hash says. */
export const digestOf = (hash: Hash): string => `sha256:${hash.digest('hex')}`

/** Size of a file, in bytes; undefined where there is none. */
export const sizeOf = async (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ size }) => size,
    () => undefined,
  )

/** Makes a folder only root can read, and refuses with DISK_FULL where so many bytes, and some to spare, do not fit there. */
export async function makeRoom(folder: string, bytes: number, name: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= bytes + SPARE_BYTES) return
  const mib = (count: number): number => Math.ceil(count / 1024 / 1024)
  throw new MeshError(
    'DISK_FULL',
    `image ${name} needs ${mib(bytes + SPARE_BYTES)} MiB in ${folder}, ${mib(free)} are free`,
    {
      folder,
      needBytes: bytes + SPARE_BYTES,
      freeBytes: free,
    },
  )
}

/** Written at once: each write waits for another thread, which takes long where there is no free processor. */
const BATCH_BYTES = 1024 * 1024

/** Appends bytes to a file, many at once, and goes on taking while it writes. */
export class Sink {
  readonly #file: FileHandle
  #held: Uint8Array[] = []
  #heldBytes = 0
  #writing: Promise<unknown> = Promise.resolve()

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Resolves when more may come. Rejects where an earlier one could not be written. */
  async add(chunk: Uint8Array): Promise<void> {
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes >= BATCH_BYTES) await this.#write()
  }

  /** All that was added is written, and the file closed. */
  async end(): Promise<void> {
    try {
      await this.#write()
      await this.#writing
    } finally {
      await this.#file.close()
    }
  }

  async #write(): Promise<void> {
    await this.#writing
    const batch = this.#held
    this.#held = []
    this.#heldBytes = 0
    if (batch.length === 0) return
    this.#writing = writeAll(this.#file, batch)
    // Whoever adds next, or ends it, is told.
    this.#writing.catch(() => undefined)
  }
}

/** writev(2) may write less than it is given. */
async function writeAll(file: FileHandle, batch: readonly Uint8Array[]): Promise<void> {
  const total = batch.reduce((sum, { length }) => sum + length, 0)
  const { bytesWritten } = await file.writev(batch)
  if (bytesWritten < total) await file.appendFile(Buffer.concat(batch).subarray(bytesWritten))
}

/** Writes bytes to a new file as they come, and says their digest. */
export async function writeHashed(path: string, bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  const sink = new Sink(await open(path, 'w', 0o600))
  try {
    for await (const chunk of bytes) {
      hash.update(chunk)
      await sink.add(chunk)
    }
  } finally {
    await sink.end()
  }
  return digestOf(hash)
}

/** The hash of what a file has so far, to be gone on with, and how many bytes that are; none where there is no file. */
export async function hashSoFar(path: string): Promise<{ readonly hash: Hash; readonly sizeBytes: number }> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  if ((await sizeOf(path)) === undefined) return { hash, sizeBytes }
  for await (const chunk of createReadStream(path, { highWaterMark: BATCH_BYTES })) {
    hash.update(chunk as Buffer)
    sizeBytes += (chunk as Buffer).length
  }
  return { hash, sizeBytes }
}

/** Removes every folder in `folder` that is not to be kept. */
export async function keepFolders(folder: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (!keep.has(name)) await rm(join(folder, name), { recursive: true, force: true })
}
