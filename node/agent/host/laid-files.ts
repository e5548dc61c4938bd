import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Where it is written which files of a lab's folder we laid: what nodes put beside them is theirs. */
const LIST = 'laid.json'

/** The paths, below `<folder>/files`, of what was ever laid there by us; empty where nobody wrote it down. */
export async function readLaid(folder: string): Promise<readonly string[]> {
  try {
    const list: unknown = JSON.parse(await readFile(join(folder, LIST), 'utf8'))
    return Array.isArray(list) ? list.filter((path) => typeof path === 'string' && isBelow(path)) : []
  } catch {
    return []
  }
}

/** Call before they are laid, so that none is forgotten. A list that a power cut spoils leaves files behind, and harms nothing. */
export async function writeLaid(folder: string, paths: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, LIST), JSON.stringify(paths))
}

/** Removes a file we laid, and the folders that are empty without it. */
export async function removeLaid(folder: string, path: string): Promise<void> {
  const root = join(folder, 'files')
  await rm(join(root, path), { force: true })
  try {
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) await rmdir(join(root, parent))
  } catch {
    // One that holds something, or is gone.
  }
}

const isBelow = (path: string): boolean => path !== '' && !path.startsWith('/') && !path.split('/').includes('..')
