import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { LAB_NAME } from '#core/model/ids.ts'
import { badUsage } from './failures.ts'
import { fetchTopology, isUrl } from './fetch-topology.ts'
import type { CliIo } from './io.ts'

/** A topology as the user named it. */
export interface TopologyFile {
  /** How messages call it. */
  readonly shown: string
  readonly text: string
  /** Absolute; what relative binds are relative to. */
  readonly folder: string
  /** The lab's name where the file gives none. */
  readonly fallbackName?: string
  /** The topology's own file, absolute; absent where it is none of this machine. */
  readonly path?: string
  /** True where it was fetched from elsewhere. */
  readonly isRemote?: boolean
}

/** Some more than a topology may have, so that the check of the topology says so with its own words. */
const MAX_READ_BYTES = 8 * 1024 * 1024
const ENDING = /(\.clab)?\.ya?ml$/

/** Reads FILE: a path, a folder with one `*.clab.yml`, a URL, or `-` for standard input. Bad usage says what is wrong with it. */
export async function readTopologyFile(argument: string, io: CliIo): Promise<TopologyFile> {
  if (isUrl(argument)) {
    const { bytes, name } = await fetchTopology(argument, { maxBytes: MAX_READ_BYTES })
    return { shown: argument, text: decodeText(argument, bytes), folder: io.cwd, isRemote: true, ...named(name) }
  }
  if (argument === '-')
    return { shown: 'stdin', text: decodeText('standard input', await io.readStdin()), folder: io.cwd }
  const { path, isRegular } = await findFile(argument, io.cwd)
  const shown = path === resolve(io.cwd, argument) ? argument : join(argument, basename(path))
  const text = decodeText(shown, await readLimited(shown, path))
  return { shown, text, folder: isRegular ? dirname(path) : io.cwd, path, ...named(basename(path)) }
}

/** The lab's name as the name of its file has it. */
const named = (fileName: string): Pick<TopologyFile, 'fallbackName'> => {
  const name = fileName.replace(ENDING, '')
  return LAB_NAME.test(name) ? { fallbackName: name } : {}
}

/** A pipe (`<(generate)`) is as good as a file, but has no folder of its own. */
async function findFile(
  argument: string,
  cwd: string,
): Promise<{ readonly path: string; readonly isRegular: boolean }> {
  const path = resolve(cwd, argument)
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw badUsage(
      `cannot read ${argument}: ${reason(error)}`,
      'Name a topology file, a folder that holds one, a URL, or - for standard input.',
    )
  })
  if (!found.isDirectory()) return { path, isRegular: found.isFile() }
  const names = (await readdir(path)).filter((name) => /\.clab\.ya?ml$/.test(name)).toSorted()
  const [first] = names
  if (first === undefined) throw badUsage(`${argument} holds no *.clab.yml`, 'Name the topology file itself.')
  if (names.length > 1) throw badUsage(`${argument} holds several topologies: ${names.join(', ')}`, 'Name one of them.')
  return { path: join(path, first), isRegular: true }
}

async function readLimited(shown: string, path: string): Promise<Uint8Array> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of createReadStream(path, { end: MAX_READ_BYTES })) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch (error) {
    throw badUsage(`cannot read ${shown}: ${reason(error)}`, 'Check the path and its permissions.')
  }
}

function decodeText(shown: string, bytes: Uint8Array): string {
  if (bytes.length > MAX_READ_BYTES) throw badUsage(`${shown} is too large for a topology`, 'Name a topology file.')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badUsage(`${shown} is not UTF-8 text`, 'Save it as UTF-8.')
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'part of its path is not a folder',
  EACCES: 'not permitted',
  ELOOP: 'its symbolic links go in a circle',
}

/** Why a file could not be used, in words. */
export function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error))
}
