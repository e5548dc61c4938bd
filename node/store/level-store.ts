import { access, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { MeshError } from '#core/model/errors.ts'
import { ensureFolder, isMissing, writeFileAtomic } from '#platform/files.ts'
import type { Backend, BlobBackend } from './backend.ts'
import { corrupt } from './codec.ts'
import { openGuard } from './guard.ts'
import type { Store } from './index.ts'
import { fileCopies } from './log-copies.ts'
import { createStore } from './store.ts'

/** Only the agent reads its store: it holds tokens' digests and what the mesh knows of its hosts. */
const FOLDER_MODE = 0o700

/**
 * The store in a folder, made where there is none: LevelDB in `db/`, files in `blobs/` and `log-copies/`. Rejects with MeshError BAD_INPUT
 * where another process has it open, CORRUPT_STORE where it is damaged.
 */
export const openStore = async (folder: string): Promise<Store> => {
  await ensureFolder(join(folder, 'blobs'), FOLDER_MODE)
  const level = new Level<string, string>(join(folder, 'db'))
  await level.open().catch((error: unknown) => {
    throw openFailure(folder, error)
  })
  const guard = await openGuard(join(folder, 'raft.sequence'))
  const backend = levelBackend(level, () => guard.close())
  try {
    const copies = fileCopies(join(folder, 'log-copies'))
    return await createStore({ backend, blobs: fileBlobs(join(folder, 'blobs')), copies, guard })
  } catch (error) {
    await backend.close()
    throw error
  }
}

const openFailure = (folder: string, error: unknown): MeshError => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const why = cause instanceof Error ? cause.message : String(cause)
  if (code === 'LEVEL_LOCKED') {
    return new MeshError(
      'BAD_INPUT',
      `the data folder ${folder} is in use: another agent is running on it`,
      { folder },
      error,
    )
  }
  if (code === 'LEVEL_CORRUPTION' || /corrupt|checksum|missing files|no such file|current file/i.test(why))
    return corrupt(join(folder, 'db'), why, error)
  return new MeshError('INTERNAL', `cannot open the store in ${folder}: ${why}`, { folder }, error)
}

const levelBackend = (level: Level<string, string>, onClose: () => Promise<void>): Backend => ({
  get: (key) => level.get(key).catch(readFailure(key)),
  entries: (prefix) =>
    level
      .iterator({ gte: prefix, lt: after(prefix) })
      .all()
      .catch(readFailure(prefix)),
  write: async (batch) => {
    const changes = batch.map(([key, value]) =>
      value === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const),
    )
    await level.batch(changes, { sync: true })
  },
  close: async () => {
    await level.close()
    await onClose()
  },
})

const readFailure =
  (key: string) =>
  (error: unknown): never => {
    throw corrupt(key, error instanceof Error ? error.message : String(error), error)
  }

/** The first key after all that start with this prefix, which ends in an ASCII character. */
const after = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)

const fileBlobs = (folder: string): BlobBackend => ({
  put: (sha256, bytes) => writeFileAtomic(join(folder, sha256), bytes, 0o600),
  get: async (sha256) => {
    try {
      return await readFile(join(folder, sha256))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  },
  has: (sha256) =>
    access(join(folder, sha256)).then(
      () => true,
      () => false,
    ),
  list: async () => {
    const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}$/.test(name))
    return Promise.all(names.map(async (sha256) => ({ sha256, putMs: (await stat(join(folder, sha256))).mtimeMs })))
  },
  remove: (sha256) => rm(join(folder, sha256), { force: true }),
})
