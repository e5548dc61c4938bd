import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MeshError } from '#core/model/errors.ts'

/** Permission bits of what only its owner may read. */
const SECRET_MODE = 0o600

/**
 * Replaces a file so that after a power cut either the old or the new content is there, whole: written beside it, synced,
 * renamed, and the folder synced. `mode` is 0644 unless told. Rejects with the error of the file system.
 */
export const writeFileAtomic = async (path: string, data: string | Uint8Array, mode = 0o644): Promise<void> => {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.chmod(mode)
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** `writeFileAtomic` for keys and tokens: readable by the owner alone from its first byte on. */
export const writeSecretFile = (path: string, data: string | Uint8Array): Promise<void> =>
  writeFileAtomic(path, data, SECRET_MODE)

/** Makes renames and removals in a folder durable, fsync(2). */
const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Makes a folder with its parents; `mode` is 0755 unless told and holds for folders that are made only. */
export const ensureFolder = async (path: string, mode = 0o755): Promise<void> => {
  await mkdir(path, { recursive: true, mode })
}

/** The text of a file, or undefined where there is none. Rejects with the error of the file system otherwise. */
export const readTextIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/**
 * The JSON of a file, undecoded. Rejects with MeshError NOT_FOUND where there is none, BAD_INPUT where it is not JSON;
 * both name the file.
 */
export const readJson = async (path: string): Promise<unknown> => {
  const text = await readTextIfThere(path)
  if (text === undefined) throw new MeshError('NOT_FOUND', `there is no file ${path}`, { path })
  try {
    return JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new MeshError('BAD_INPUT', `${path} is not JSON: ${why}`, { path }, cause)
  }
}

/** Whether an error of the file system says that there is no such file. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
