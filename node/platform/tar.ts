import { pack } from 'tar-stream'

/** One file of an archive. */
export interface TarFile {
  /** Without a leading `/`. */
  readonly path: string
  readonly bytes: Uint8Array
  readonly mode: number
  readonly gid?: number
}

/**
 * A tar archive of these files, of root and without times. Folders are not in it: whoever unpacks makes those that are not there and leaves
 * the others.
 */
export async function tar(files: readonly TarFile[]): Promise<Uint8Array> {
  const archive = pack()
  for (const { path: name, bytes, mode, gid = 0 } of files)
    archive.entry({ name, mode, gid, uid: 0, mtime: new Date(0) }, Buffer.from(bytes))
  archive.finalize()
  const chunks: Uint8Array[] = []
  for await (const chunk of archive) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}

/** What a tar archive ends with: two empty blocks, POSIX.1-2017, pax, "ustar Interchange Format". */
const END_BYTES = 2 * 512

/** The same, a piece for each file as it comes: never more than one is held. Throws what `files` throws. */
export async function* tarPieces(files: AsyncIterable<TarFile>): AsyncGenerator<Uint8Array, void> {
  for await (const file of files) yield (await tar([file])).subarray(0, -END_BYTES)
  yield Buffer.alloc(END_BYTES)
}
