import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureFolder, writeSecretFile } from '#platform/files.ts'

/** Where copies of a log go that is about to be given up. */
export interface CopyBackend {
  /** Keeps the text under that name beside the newest few before it, by name; answers where it is. */
  put(name: string, text: string): Promise<string>
}

/** A person looks at the last one or two; a log may hold megabytes. */
const KEPT = 5

/** Files only the owner may read, in a folder made where there is none. */
export const fileCopies = (folder: string): CopyBackend => ({
  put: async (name, text) => {
    await ensureFolder(folder, 0o700)
    const path = join(folder, `${name}.json`)
    await writeSecretFile(path, text)
    const old = (await readdir(folder))
      .filter((file) => file.endsWith('.json'))
      .toSorted()
      .slice(0, -KEPT)
    for (const file of old) await rm(join(folder, file), { force: true })
    return path
  },
})

/** Copies in a map, by name. */
export const memoryCopies = (copies: Map<string, string>): CopyBackend => ({
  put: async (name, text) => {
    copies.set(name, text)
    for (const old of [...copies.keys()].toSorted().slice(0, -KEPT)) copies.delete(old)
    return name
  },
})
