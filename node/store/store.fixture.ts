import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { Entry } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'
import type { SignedRecord } from '#core/model/record.ts'

const folders: string[] = []
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

/** An empty folder, gone after the test. */
export const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'skein-store-'))
  folders.push(folder)
  return folder
}

/** A command of the log that says its own place. */
export const entry = (index: number, term = 1): Entry => ({
  index,
  term,
  data: { type: 'command', command: { n: index, t: term } },
})
export const range = (from: number, to: number, term = 1): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, term))
export const snapshotAt = (index: number) => ({
  index,
  term: 1,
  configuration: { voters: ['a' as HostId], learners: [] },
  state: { upTo: index },
})
export const record = (kind: SignedRecord['kind'], key: string, sequence: number): SignedRecord => ({
  kind,
  key,
  author: 'a' as HostId,
  fresh: [1, 1, sequence],
  version: [sequence],
  expiresAtMs: 0,
  body: { sequence },
  signature: 'x',
})
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
