import { gzipSync } from 'node:zlib'

/** What a first look at the UI may cost, gzipped: a slow line of 1 Mbit/s carries it in half a second. */
export const FIRST_SCREEN_BYTES = 60 * 1024

/** A file of the build: its code, and what it needs before it runs (`imports`) or may ask for later (`dynamicImports`). */
export interface Chunk {
  readonly fileName: string
  readonly code: string
  readonly isEntry: boolean
  readonly imports: readonly string[]
  readonly dynamicImports: readonly string[]
}

/** `first`: bytes, gzipped, of all script that runs before the first screen shows; `files`: each file's own. */
export interface Weights {
  readonly first: number
  readonly files: readonly { readonly fileName: string; readonly bytes: number; readonly isFirst: boolean }[]
}

/** What the scripts of a build weigh, heaviest first. */
export function weigh(chunks: readonly Chunk[]): Weights {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const first = new Set<string>()
  const follow = (name: string): void => {
    if (first.has(name) || !byName.has(name)) return
    first.add(name)
    for (const next of byName.get(name)?.imports ?? []) follow(next)
  }
  for (const { isEntry, fileName } of chunks) if (isEntry) follow(fileName)
  const files = chunks
    .map(({ fileName, code }) => ({ fileName, bytes: gzipSync(code).length, isFirst: first.has(fileName) }))
    .toSorted((a, b) => b.bytes - a.bytes)
  return { files, first: files.reduce((sum, { bytes, isFirst }) => sum + (isFirst ? bytes : 0), 0) }
}

/** The weights as lines for people. */
export function weightLines({ first, files }: Weights): string[] {
  const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`.padStart(11)
  return [
    ...files.map(({ fileName, bytes, isFirst }) => `${kib(bytes)} ${isFirst ? 'first' : 'later'}  ${fileName}`),
    `${kib(first)} of script, gzipped, before the first screen (at most ${FIRST_SCREEN_BYTES / 1024} KiB)`,
  ]
}
