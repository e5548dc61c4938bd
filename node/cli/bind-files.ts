import type { Stats } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, posix, relative, sep } from 'node:path'
import type { Problem } from '#core/model/errors.ts'
import { reason } from './topology-file.ts'

/** A relative path that a topology binds (a folder where it ends in `/`), and where it says so. */
export interface BindSource {
  readonly path: string
  readonly line: number
  readonly column: number
}

/** A file that travels with a lab. */
export interface BroughtFile {
  /** Relative to the lab's folder. */
  readonly path: string
  /** Permission bits. */
  readonly mode: number
  readonly bytes: Uint8Array
}

/** What a lab may bring along; the API refuses more. */
const BIND_LIMITS = { files: 1000, bytes: 32 * 1024 * 1024 }
type BindLimits = typeof BIND_LIMITS

interface Gathering {
  /** Real path of the lab's folder. */
  readonly root: string
  readonly limits: BindLimits
  readonly files: Map<string, BroughtFile>
  bytes: number
}

/** Why a bind's files cannot be taken; becomes a problem at the bind. */
class Refused extends Error {}

/**
 * Reads what the binds name below `folder`; a folder stands for all regular files below it.
 * A missing, unreadable or outside source is a problem at its bind, and so is passing a limit.
 */
export async function gatherBinds(
  folder: string,
  sources: readonly BindSource[],
  limits: BindLimits = BIND_LIMITS,
): Promise<{ readonly files: readonly BroughtFile[]; readonly problems: readonly Problem[] }> {
  const gathering: Gathering = { root: await realpath(folder), limits, files: new Map(), bytes: 0 }
  const problems: Problem[] = []
  for (const { path, line, column } of sources) {
    try {
      await gatherSource(gathering, path)
    } catch (error) {
      const message = error instanceof Refused ? error.message : `\`${path}\` cannot be read: ${reason(error)}`
      problems.push({ severity: 'error', code: 'BIND_SOURCE', path: 'binds', line, column, message })
    }
  }
  return { files: [...gathering.files.values()], problems }
}

async function gatherSource(gathering: Gathering, source: string): Promise<void> {
  const path = posix.normalize(source).replace(/\/$/, '')
  await gather(gathering, path, [])
  const { files } = gathering
  if (files.has(path) && source.endsWith('/')) throw new Refused(`\`${source}\` is a file, not a folder`)
  const isEmpty = !files.has(path) && ![...files.keys()].some((file) => file.startsWith(`${path}/`))
  if (isEmpty) throw new Refused(`the folder \`${source}\` holds no files`)
}

/** `parents` are the real paths of the folders on the way down: a symbolic link to one of them is a circle. */
async function gather(gathering: Gathering, path: string, parents: readonly string[]): Promise<void> {
  if (gathering.files.has(path)) return
  const real = await realpath(join(gathering.root, path))
  const inside = relative(gathering.root, real)
  if (inside === '..' || inside.startsWith(`..${sep}`))
    throw new Refused(`\`${path}\` leads out of the folder of the lab`)
  const found = await stat(real)
  if (found.isFile()) return take(gathering, path, { real, found })
  if (!found.isDirectory()) {
    if (parents.length > 0) return
    throw new Refused(`\`${path}\` is neither a file nor a folder`)
  }
  if (parents.includes(real)) throw new Refused(`\`${path}\` is a symbolic link to a folder it is in`)
  for (const name of (await readdir(real)).toSorted())
    await gather(gathering, posix.join(path, name), [...parents, real])
}

async function take(
  gathering: Gathering,
  path: string,
  { real, found }: { real: string; found: Stats },
): Promise<void> {
  const { limits, files } = gathering
  if (files.size >= limits.files)
    throw new Refused(`a lab may bring ${limits.files} files, and \`${path}\` is one more`)
  gathering.bytes += found.size
  if (gathering.bytes > limits.bytes) {
    throw new Refused(`with \`${path}\` the files of the lab are more than ${limits.bytes / 1024 / 1024} MiB`)
  }
  files.set(path, { path, mode: found.mode & 0o777, bytes: await readFile(real) })
}
