import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { badUsage } from './failures.ts'
import type { SavedShape } from './lab-shapes.ts'
import { reason } from './topology-file.ts'

/** Writes each configuration to `<folder>/<node>.cfg`, readable by its owner alone; answers the paths. */
export async function writeConfigs(
  folder: string,
  cwd: string,
  texts: readonly SavedShape[],
): Promise<readonly string[]> {
  const target = resolve(cwd, folder)
  try {
    await mkdir(target, { recursive: true })
    const paths = texts.map(({ node }) => join(target, `${node}.cfg`))
    // Configurations hold passwords.
    await Promise.all(texts.map(({ text }, at) => writeFile(paths[at] ?? '', text, { mode: 0o600 })))
    return paths
  } catch (error) {
    throw badUsage(
      `cannot write to ${folder}: ${reason(error)}`,
      'Name a folder you may write to; what was saved is kept all the same.',
    )
  }
}
