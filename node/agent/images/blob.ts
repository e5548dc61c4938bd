import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MeshError } from '#core/model/errors.ts'
import { HEAD_BYTES } from './messages.ts'
import { digestOf, fileName, hashSoFar, makeRoom, Sink, sizeOf } from './spool.ts'

/** A part of an image that comes from another host. */
export interface BlobWish {
  readonly folder: string
  readonly digest: string
  /** Of the image, for messages. */
  readonly name: string
  /** Its bytes from an offset on, after its size. */
  bytes(offset: number): AsyncIterable<Uint8Array>
  /** So many bytes are here now, more than before. */
  came(bytes: number, how: 'now' | 'before'): void
}

/** More is no layer of a lab node's image. */
const MAX_BLOB_BYTES = 64 * 1024 ** 3

/** What came is not what it should be. */
export class BadBlob extends Error {
  /** Whether all of it came from the host that was asked last. */
  readonly isWhole: boolean

  constructor(message: string, isWhole: boolean) {
    super(message)
    this.isWhole = isWhole
  }
}

/**
 * Brings one part to its place, `<folder>/<digest>`, and goes on where an earlier try broke off. Throws BadBlob, DISK_FULL, or the reason
 * why it broke off; what came until then stays.
 */
export async function bringBlob(wish: BlobWish): Promise<void> {
  const path = join(wish.folder, fileName(wish.digest))
  const there = await sizeOf(path)
  if (there !== undefined) return wish.came(there, 'before')
  const part = `${path}.part`
  const { hash, sizeBytes: before } = await hashSoFar(part)
  wish.came(before, 'before')
  let at = before
  const sink = new Sink(await open(part, 'a', 0o600))
  let total: number | undefined
  try {
    for await (const chunk of afterHead(wish.bytes(before), async (size) => {
      total = size
      if (size > MAX_BLOB_BYTES) throw new BadBlob(`a part of ${size} bytes is no part of an image`, true)
      await makeRoom(wish.folder, size - at, wish.name)
    })) {
      at += chunk.length
      if (total !== undefined && at > total) break
      hash.update(chunk)
      await sink.add(chunk)
      wish.came(chunk.length, 'now')
    }
  } finally {
    await sink.end()
  }
  if (total === undefined || at < total) throw new MeshError('UNREACHABLE', `image ${wish.name} broke off`)
  if (at === total && digestOf(hash) === wish.digest) return rename(part, path)
  await rm(part, { force: true })
  wish.came(-at, 'now')
  throw new BadBlob(`what came for ${wish.digest} of image ${wish.name} has another content`, before === 0)
}

/** What follows the size; that is told first. */
async function* afterHead(
  bytes: AsyncIterable<Uint8Array>,
  onSize: (size: number) => Promise<void>,
): AsyncGenerator<Uint8Array, void> {
  let head: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of bytes) {
    if (head === undefined) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    if (head.length < HEAD_BYTES) continue
    await onSize(Number(head.readBigUInt64BE()))
    const rest: Buffer = head.subarray(HEAD_BYTES)
    head = undefined
    if (rest.length > 0) yield rest
  }
}
