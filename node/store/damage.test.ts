import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { describe, expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import { memoryStore, openStore, type Persisted } from './index.ts'
import { memoryDisk } from './memory-store.ts'
import { newFolder, range, record, sha256, snapshotAt } from './store.fixture.ts'

describe('damage is noticed', () => {
  const disk = async () => {
    const made = memoryDisk()
    const store = await memoryStore(made)
    await store.persistRaft({ snapshot: snapshotAt(0), hard: { term: 1, votedFor: null }, entries: range(1, 1) })
    await store.persistRaft({ entries: range(2, 2) })
    await store.persistRaft({ entries: range(3, 3) })
    await store.putRecord(record('intent', 'lab1', 1))
    await store.nextBoot()
    return made
  }
  const key2 = 'raft/log/0000000000000002'

  test.each([
    [
      'a turned character',
      (values: Map<string, string>) => values.set(key2, (values.get(key2) ?? '').replace('"term":1', '"term":2')),
      key2,
    ],
    ['half a value', (values: Map<string, string>) => values.set(key2, (values.get(key2) ?? '').slice(0, 30)), key2],
    [
      'a value under another key',
      (values: Map<string, string>) => values.set(key2, values.get('raft/log/0000000000000003') ?? ''),
      key2,
    ],
    ['a missing entry', (values: Map<string, string>) => values.delete(key2), key2],
    ['a damaged vote', (values: Map<string, string>) => values.set('raft/hard', 'x'), 'raft/hard'],
  ])('%s', async (_name, damage, key) => {
    const made = await disk()
    damage(made.values)
    await expect((await memoryStore(made)).loadRaft()).rejects.toMatchObject({
      code: 'CORRUPT_STORE',
      message: expect.stringContaining(key),
    })
  })

  test('records and the boot counter', async () => {
    const made = await disk()
    made.values.set('record/intent/lab1', '00000000 {}')
    made.values.set('boot', '')
    const store = await memoryStore(made)
    await expect(store.loadRecords()).rejects.toMatchObject({
      code: 'CORRUPT_STORE',
      details: { key: 'record/intent/lab1' },
    })
    await expect(store.nextBoot()).rejects.toMatchObject({ code: 'CORRUPT_STORE', details: { key: 'boot' } })
  })

  test('a confirmed write that the database lost', async () => {
    const made = await disk()
    const old = new Map(made.values)
    await (await memoryStore(made)).persistRaft({ hard: { term: 9, votedFor: 'b' as HostId } })
    await expect(memoryStore({ ...made, values: old })).rejects.toMatchObject({ code: 'CORRUPT_STORE' })
  })
})

describe('the level store on disk', () => {
  const filled = async (): Promise<{ folder: string; persisted: Persisted | undefined }> => {
    const folder = await newFolder()
    const store = await openStore(folder)
    await store.persistRaft({ snapshot: snapshotAt(0), hard: { term: 2, votedFor: null }, entries: range(1, 20) })
    await store.persistRaft({ hard: { term: 3, votedFor: 'b' as HostId } })
    const persisted = await store.loadRaft()
    await store.close()
    return { folder, persisted }
  }

  test('a second one on the same folder is told that an agent is running', async () => {
    const folder = await newFolder()
    const first = await openStore(folder)
    await expect(openStore(folder)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('another agent is running'),
    })
    expect(await first.nextBoot()).toBe(1)
    await first.close()
  })

  test('a journal whose end was cut off, which LevelDB passes over in silence, is CORRUPT_STORE', async () => {
    const { folder } = await filled()
    const db = join(folder, 'db')
    const journal = (await readdir(db)).find((name) => name.endsWith('.log'))
    const path = join(db, journal ?? '')
    await truncate(path, (await readFile(path)).length - 20)
    const level = new Level<string, string>(db)
    expect(await level.get('raft/hard'), 'LevelDB says nothing').toContain('"term":2')
    await level.close()
    await expect(openStore(folder)).rejects.toMatchObject({ code: 'CORRUPT_STORE' })
  })

  test('a lost or torn guard does not stop the agent', async () => {
    const { folder, persisted } = await filled()
    for (const content of ['', 'nonsense of sixteen bytes']) {
      await writeFile(join(folder, 'raft.sequence'), content)
      const store = await openStore(folder)
      expect(await store.loadRaft()).toEqual(persisted)
      await store.close()
    }
  })

  test('copies of the log are files of their owner, the newest five', async () => {
    const folder = await newFolder()
    const store = await openStore(folder)
    await store.persistRaft({ snapshot: snapshotAt(0), entries: range(1, 3) })
    const paths: string[] = []
    for (const day of [1, 2, 3, 4, 5, 6, 7]) paths.push(await store.copyRaft(`2026-11-0${day}-epoch-1`))
    expect(await readdir(join(folder, 'log-copies'))).toEqual(
      paths.slice(2).map((path) => path.slice(folder.length + '/log-copies/'.length)),
    )
    const [last = ''] = paths.slice(-1)
    expect((await stat(last)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(last, 'utf8'))).toEqual(await store.loadRaft())
    await expect(store.copyRaft('../elsewhere')).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await store.close()
  })

  test('a damaged blob is not handed out', async () => {
    const folder = await newFolder()
    const store = await openStore(folder)
    await store.putBlob(sha256('hello'), Buffer.from('hello'))
    await writeFile(join(folder, 'blobs', sha256('hello')), 'hellO')
    await expect(store.getBlob(sha256('hello'))).rejects.toMatchObject({ code: 'CORRUPT_STORE' })
    await store.close()
  })

  test('a damaged database is CORRUPT_STORE', async () => {
    const { folder } = await filled()
    await writeFile(join(folder, 'db', 'CURRENT'), 'garbage\n')
    await expect(openStore(folder)).rejects.toMatchObject({ code: 'CORRUPT_STORE' })
  })
})
