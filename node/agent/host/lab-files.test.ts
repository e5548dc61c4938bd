import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import type { LabFile, LabIntent } from '#core/model/lab.ts'
import { createLogger } from '#platform/log.ts'
import { memoryStore } from '#store/index.ts'
import { labSample } from '#testing/lab-samples.ts'
import { pass, until, useVirtualTime } from '#testing/virtual-time.ts'
import { LabFiles, type LabFilesOptions } from './lab-files.ts'

const [p1, p2] = ['p1', 'p2'] as [HostId, HostId]
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const fileOf = (path: string, text: string, mode = 0o644): LabFile => ({
  path,
  sha256: createHash('sha256').update(text).digest('hex'),
  sizeBytes: text.length,
  mode,
})
const lab = (...files: readonly LabFile[]): LabIntent => labSample({ name: 'one', nodes: { r1: {} }, files })

let folder: string
let changes: number

const bench = async (fetch: LabFilesOptions['fetch'] = async () => null) => {
  const store = await memoryStore()
  const asked: HostId[] = []
  const files = new LabFiles({
    folder,
    store,
    log: createLogger({ level: 'silent' }),
    peers: () => [p1, p2],
    fetch: (peer, sha256) => {
      asked.push(peer)
      return fetch(peer, sha256)
    },
    changed: () => {
      changes += 1
    },
  })
  const put = (text: string): Promise<void> => store.putBlob(fileOf('', text).sha256, Buffer.from(text))
  const lay = async (intent: LabIntent): Promise<void> => {
    await until(`the files of ${intent.name}`, () => files.isReady(intent))
  }
  return { files, store, asked, put, lay, at: (path: string) => join(folder, 'one', 'files', path) }
}

describe('files of labs', () => {
  useVirtualTime()
  beforeEach(async () => {
    changes = 0
    folder = join(await mkdtemp(join(tmpdir(), 'skein-files-')), 'labs')
  })
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }))

  test('a lab without files is ready at once, and no folder is made', async () => {
    const { files } = await bench()
    expect(files.isReady(lab())).toBe(true)
    await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('lays what this host holds, with its modes, in folders that can be bound', async () => {
    const { files, put, asked, at, lay } = await bench()
    await put('config')
    await put('#!/bin/sh')
    const intent = lab(fileOf('etc/frr/frr.conf', 'config', 0o640), fileOf('etc/frr/start.sh', '#!/bin/sh', 0o755))
    expect(files.isReady(intent)).toBe(false)
    expect(files.isReady(intent)).toBe(false)
    await lay(intent)
    expect(await readFile(at('etc/frr/frr.conf'), 'utf8')).toBe('config')
    expect((await readdir(at('etc/frr/'))).toSorted()).toEqual(['frr.conf', 'start.sh'])
    const modes = await Promise.all(
      ['frr.conf', 'start.sh'].map(async (name) => (await stat(at(`etc/frr/${name}`))).mode),
    )
    expect(modes.map((mode) => mode & 0o777)).toEqual([0o640, 0o755])
    expect(changes).toBe(1)
    expect(asked).toEqual([])
  })

  test.each([
    ['lacks it', async () => null],
    ['lies about its content', async () => base64('something else')],
    ['does not answer', () => Promise.reject(new Error('gone'))],
  ])('asks the next peer where the first %s', async (_, first) => {
    const world = await bench((peer) => (peer === p1 ? first() : Promise.resolve(base64('config'))))
    const file = fileOf('a.conf', 'config')
    await world.lay(lab(file))
    expect(await readFile(world.at('a.conf'), 'utf8')).toBe('config')
    expect(world.asked).toEqual([p1, p2])
    expect(await world.store.hasBlob(file.sha256)).toBe(true)
  })

  test('tells what is on no host, asks again, and goes on when it comes', async () => {
    let isThere = false
    const { files, at, lay } = await bench(async () => (isThere ? base64('config') : null))
    const intent = lab(fileOf('a.conf', 'config'))
    expect(files.isReady(intent)).toBe(false)
    await until('the message', () => files.missing('one'))
    expect(files.missing('one')).toMatch(/^file a\.conf \(sha256 [0-9a-f]{12}…\) is on no host that can be reached$/)
    expect(changes).toBe(0)
    await pass(1_100)
    expect(changes).toBe(1)
    isThere = true
    await lay(intent)
    expect(files.missing('one')).toBeUndefined()
    expect(await readFile(at('a.conf'), 'utf8')).toBe('config')
  })

  test('a new version of the lab brings new content and new modes', async () => {
    const { put, at, lay } = await bench()
    await put('old')
    await put('new')
    await lay(lab(fileOf('a', 'old'), fileOf('b', 'old')))
    await lay(lab(fileOf('a', 'new'), fileOf('b', 'old', 0o600)))
    expect(await readFile(at('a'), 'utf8')).toBe('new')
    expect((await stat(at('b'))).mode & 0o777).toBe(0o600)
  })

  test('a file that is no longer brought along goes, with folders left empty; what a node wrote beside it stays', async () => {
    const { files, put, at, lay } = await bench()
    await put('config')
    const before = lab(fileOf('etc/a', 'config'), fileOf('b/c/d', 'config'), fileOf('e', 'config'))
    await lay(before)
    await files.keepOnly(new Map([['one', { intent: before }]]))
    await writeFile(at('etc/written'), 'by a node')
    const after = lab(fileOf('e', 'config'))
    await files.keepOnly(new Map([['one', { intent: after }]]))
    expect((await readdir(at(''))).toSorted()).toEqual(['e', 'etc'])
    expect(await readdir(at('etc'))).toEqual(['written'])
    await lay(before)
    expect(await readFile(at('b/c/d'), 'utf8')).toBe('config')
  })

  test('never writes outside the folder of the lab', async () => {
    const { files, put } = await bench()
    await put('evil')
    files.isReady(lab(fileOf('../../../evil', 'evil')))
    await until('the refusal', () => files.missing('one'))
    expect(files.missing('one')).toContain('outside the folder of the lab')
    await expect(stat(join(folder, '..', 'evil'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('keeps the folders of known labs only, and lays a lab that comes back anew', async () => {
    const { files, put, at, lay } = await bench()
    await files.keepOnly(new Map())
    await put('config')
    const intent = lab(fileOf('a', 'config'))
    await lay(intent)
    await files.keepOnly(new Map([['one', { intent }]]))
    expect(await readdir(folder)).toEqual(['one'])
    await files.keepOnly(new Map([['two', { intent: labSample({ name: 'two', nodes: {} }) }]]))
    expect(await readdir(folder)).toEqual([])
    expect(files.isReady(intent)).toBe(false)
    await lay(intent)
    expect(await readFile(at('a'), 'utf8')).toBe('config')
  })

  test.each([
    ['taken down', (files: LabFiles) => files.keepOnly(new Map())],
    ['changed to need none', async (files: LabFiles) => void files.isReady(lab())],
  ])('does not go on telling of missing files once the lab was %s', async (_, change) => {
    const { files } = await bench()
    files.isReady(lab(fileOf('a', 'config')))
    await until('the message', () => files.missing('one'))
    await change(files)
    expect(files.missing('one')).toBeUndefined()
  })
})
