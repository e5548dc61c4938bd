import type { Stats } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, posix, relative, sep } from 'node:path'
import type { Problem } from '#core/model/errors.ts'
import type { FileUse } from '#core/topology/node-files.ts'
import { fetchFile, isUrl } from './fetch-topology.ts'
import { reason } from './topology-file.ts'

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

/** Where the topology's files are looked for. */
export interface BindPlaces {
  /** Absolute. */
  readonly folder: string
  /** Where `~` leads; undefined where nobody knows. */
  readonly home: string | undefined
  /** False for a topology from elsewhere: it may name what is next to it, but not fetch what else this machine has. */
  readonly mayLeave: boolean
}

interface Gathering {
  /** Real path of the folder the names are within. */
  readonly root: string
  /** What stands before these names where they travel. */
  readonly prefix: string
  readonly limits: BindLimits
  readonly files: Map<string, BroughtFile>
  bytes: number
}

/** What is in a lab's folder and not of the lab: its history, and what was left there of it when it was up. */
const NOT_OF_LAB = /^(\.git|clab-.*)$/

/** Why a bind's files cannot be taken; becomes a problem at the bind. */
class Refused extends Error {}

/**
 * Reads what a topology names; a folder stands for all regular files below it. A missing, unreadable or outside source is a problem at its
 * place, and so is passing a limit; for one that a host's own may stand in for, only a warning.
 */
export async function gatherBinds(
  places: BindPlaces,
  sources: readonly FileUse[],
  limits: BindLimits = BIND_LIMITS,
): Promise<{ readonly files: readonly BroughtFile[]; readonly problems: readonly Problem[] }> {
  let kept: Pick<Gathering, 'files' | 'bytes'> = { files: new Map(), bytes: 0 }
  const problems: Problem[] = []
  for (const use of sources) {
    try {
      if (isUrl(use.from)) {
        kept = await gatherUrl(use, kept, limits)
        continue
      }
      const { root, prefix, name } = await rootOf(use, places)
      const gathering: Gathering = { root, prefix, limits, files: new Map(kept.files), bytes: kept.bytes }
      const isEmpty = await gatherSource(gathering, name)
      if (isEmpty && use.optional) throw new Refused(`the folder \`${use.from}\` holds no files`)
      kept = gathering
    } catch (error) {
      const message =
        error instanceof Refused || isUrl(use.from)
          ? plainly(error)
          : `\`${use.from}\` cannot be read: ${reason(error)}`
      problems.push(problemAt(use, message))
    }
  }
  return { files: [...kept.files.values()], problems }
}

const plainly = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What is at an address; the topology names it, so it is what its author meant, wherever the topology is from. */
async function gatherUrl(
  { from, path }: FileUse,
  { files, bytes: before }: Pick<Gathering, 'files' | 'bytes'>,
  limits: BindLimits,
): Promise<Pick<Gathering, 'files' | 'bytes'>> {
  const left = limits.bytes - before
  const { bytes } = await fetchFile(from, { maxBytes: left })
  if (bytes.length > left || files.size >= limits.files) throw new Refused(`\`${from}\` is too much for one lab`)
  return { files: new Map(files).set(path, { path, mode: 0o644, bytes }), bytes: before + bytes.length }
}

const problemAt = ({ optional, line, column }: FileUse, message: string): Problem => ({
  severity: optional ? 'warning' : 'error',
  code: 'BIND_SOURCE',
  path: 'binds',
  line,
  column,
  message: optional ? `${message}; the host that runs the node binds its own` : message,
})

/** Takes a source apart into a folder that is there and a name within; BIND_SOURCE where it may not be read. */
async function rootOf(
  { from, path }: FileUse,
  { folder, home, mayLeave }: BindPlaces,
): Promise<{ readonly root: string; readonly prefix: string; readonly name: string }> {
  const up = /^(\.\.\/)+/.exec(from)?.[0] ?? ''
  const start = from.startsWith('/') ? '/' : from.startsWith('~/') ? '~/' : up
  if (start !== '' && !mayLeave)
    throw new Refused(`\`${from}\` is not next to the topology, which is not from this machine`)
  if (start === '~/' && home === undefined) throw new Refused(`\`${from}\`: HOME is not set, so \`~\` is unknown`)
  const root = start === '/' ? '/' : start === '~/' ? (home ?? '/') : join(folder, up)
  const plain = from.slice(start.length)
  if (from === '.') return { root: await realpath(folder), prefix: path, name: from }
  const prefix = path.slice(0, path.replace(/\/$/, '').length - plain.length)
  return { root: await realpath(root), prefix, name: path.endsWith('/') ? `${plain}/` : plain }
}

/** Answers whether it is a folder without files. */
async function gatherSource(gathering: Gathering, source: string): Promise<boolean> {
  const { files, prefix } = gathering
  const path = posix.normalize(source).replace(/\/$/, '')
  await gather(gathering, path, [])
  const away = `${prefix}${path}`
  if (files.has(away) && source.endsWith('/')) throw new Refused(`\`${source}\` is a file, not a folder`)
  const below = path === '.' ? prefix : `${away}/`
  const isEmpty = !files.has(away) && ![...files.keys()].some((file) => file.startsWith(below))
  // Only files travel: one of no size makes the folder, as people do it with git.
  if (isEmpty) files.set(`${below}.keep`, { path: `${below}.keep`, mode: 0o644, bytes: new Uint8Array() })
  return isEmpty
}

/** `parents` are the real paths of the folders on the way down: a symbolic link to one of them is a circle. */
async function gather(gathering: Gathering, path: string, parents: readonly string[]): Promise<void> {
  if (gathering.files.has(`${gathering.prefix}${path}`)) return
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
  for (const name of (await readdir(real)).toSorted().filter((each) => path !== '.' || !NOT_OF_LAB.test(each)))
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
  const away = `${gathering.prefix}${path}`
  files.set(away, { path: away, mode: found.mode & 0o777, bytes: await readFile(real) })
}
