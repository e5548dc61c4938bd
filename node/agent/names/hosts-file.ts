import { readFile, realpath, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { takenNames, withBlock } from '#core/names/hosts-block.ts'

/**
 * Keeps our part of hosts(5), and nothing else of it. `lines` gets the names that are taken by others. What is in the file is written anew
 * only where it differs. Resolves with a problem where the file is better left alone; rejects where it cannot be read or written.
 */
export async function writeHostsBlock(
  file: string,
  ownName: string,
  lines: (taken: ReadonlySet<string>) => readonly string[],
): Promise<string | undefined> {
  const path = await realpath(file)
  const text = await readFile(path, 'utf8')
  const next = withBlock(text, lines(takenNames(text, ownName)))
  if ('problem' in next) return `${file} is left as it is: ${next.problem}`
  if (next.text !== text) await replace(path, next.text)
  return undefined
}

/** At once, so that nobody reads half of it; in place where the file cannot be replaced, as one that is mounted. */
async function replace(path: string, text: string): Promise<void> {
  const { mode, uid, gid } = await stat(path)
  const beside = `${path}.skein`
  try {
    await writeFile(beside, text, { mode: mode & 0o777, flag: 'wx' })
    const made = await stat(beside)
    if (made.uid !== uid || made.gid !== gid) throw new Error('not the same owner')
    await rename(beside, path)
  } catch {
    await unlink(beside).catch(() => undefined)
    await writeFile(path, text)
  }
}
