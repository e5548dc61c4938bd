import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { MeshError } from '#core/model/errors.ts'
import { ensureFolder, readTextIfThere, writeSecretFile } from '#platform/files.ts'

/** The files of an identity, in `<data folder>/identity`. `host.crt` is written last: with it the host is a member. */
export const FILES = {
  hostKey: 'host.key',
  wireguardKey: 'wireguard.key',
  caKey: 'ca.key',
  caCertificate: 'ca.crt',
  hostCertificate: 'host.crt',
} as const

export type FileName = keyof typeof FILES

/** Where one file of the identity in this data folder is. */
export const pathOf = (folder: string, name: FileName): string => join(folder, 'identity', FILES[name])

/** Makes `<data folder>/identity`, 0700. */
export async function prepareFolder(folder: string): Promise<void> {
  const path = join(folder, 'identity')
  await ensureFolder(path, 0o700)
  await chmod(path, 0o700)
}

/** Writes a file whole or not at all, 0600, and waits for the disk. */
export const writePrivate = (folder: string, name: FileName, text: string): Promise<void> =>
  writeSecretFile(pathOf(folder, name), text)

/** The text of a file, undefined where there is none. Rejects with CORRUPT_STORE where it cannot be read. */
export async function readText(folder: string, name: FileName): Promise<string | undefined> {
  const path = pathOf(folder, name)
  return readTextIfThere(path).catch((cause: unknown) => {
    throw new MeshError('CORRUPT_STORE', `${path} cannot be read`, {}, cause)
  })
}
