import { Readable } from 'node:stream'
import { extract, type Header, pack } from 'tar-stream'
import { MeshError } from '#core/model/errors.ts'
import type { ArchiveFile } from '../images.ts'

/**
 * The regular files of a tar archive, in its order and as it comes; nothing is kept. Throws TOOL_FAILED where the bytes are no archive or
 * it ends too early, else what `chunks` throws.
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ArchiveFile, void> {
  const source = Readable.from(chunks, { objectMode: false })
  const archive = extract()
  let failure: unknown
  source.on('error', (error) => {
    failure = error
    archive.destroy(error)
  })
  const explained = (error: unknown): unknown => failure ?? broken(error)
  try {
    for await (const entry of source.pipe(archive)) {
      if (isFile(entry.header)) yield { bytes: contentOf(entry, explained) }
      entry.resume()
    }
  } catch (error) {
    throw explained(error)
  } finally {
    source.destroy()
  }
}

async function* contentOf(
  entry: AsyncIterable<unknown>,
  explained: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of entry) yield chunk as Uint8Array
  } catch (error) {
    throw explained(error)
  }
}

const isFile = ({ type }: Header): boolean => type === 'file' || type === 'contiguous-file'

const broken = (why: unknown): MeshError =>
  why instanceof MeshError
    ? why
    : new MeshError(
        'TOOL_FAILED',
        `the archive of an image cannot be read: ${why instanceof Error ? why.message : String(why)}`,
      )

/** Header and padding of one file with this name, at most 100 bytes long, for an archive that is written. */
export async function tarAround(name: string, sizeBytes: number): Promise<TarAround> {
  const archive = pack()
  // Its bytes come from elsewhere: only what the library puts before them is taken.
  archive.entry({ name, size: sizeBytes, mode: 0o644, mtime: new Date(0) }).on('error', () => undefined)
  const { value } = await archive[Symbol.asyncIterator]().next()
  archive.destroy()
  return { head: value as Uint8Array, tail: Buffer.alloc((BLOCK - (sizeBytes % BLOCK)) % BLOCK) }
}

interface TarAround {
  readonly head: Uint8Array
  readonly tail: Uint8Array
}

/** Everything in a tar archive comes in blocks of so many bytes: POSIX.1-2017, pax, "ustar Interchange Format". */
const BLOCK = 512
/** What an archive ends with. */
export const TAR_END: Uint8Array = Buffer.alloc(2 * BLOCK)
