import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Level } from 'level'
import { afterEach, describe, expect, test } from 'vitest'
import type { Entry } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'
import type { SignedRecord } from '#core/model/record.ts'
import { encode } from './codec.ts'
import { memoryStore, openStore, type Persisted, type RaftWrite, type Store } from './index.ts'
import { memoryDisk } from './memory-store.ts'

const folders: string[] = []
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'skein-store-'))
  folders.push(folder)
  return folder
}

/** A disk is what stays when a store is closed and opened again. */
const kinds: readonly { kind: string; newDisk: () => Promise<() => Promise<Store>> }[] = [
  {
    kind: 'memory',
    newDisk: async () =>
      (
        (disk) => () =>
          memoryStore(disk)
      )(memoryDisk()),
  },
  {
    kind: 'level',
    newDisk: async () =>
      (
        (folder) => () =>
          openStore(folder)
      )(await newFolder()),
  },
]

const entry = (index: number, term = 1): Entry => ({
  index,
  term,
  data: { type: 'command', command: { n: index, t: term } },
})
const range = (from: number, to: number, term = 1): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, term))
const snapshotAt = (index: number) => ({
  index,
  term: 1,
  configuration: { voters: ['a' as HostId], learners: [] },
  state: { upTo: index },
})
const record = (kind: SignedRecord['kind'], key: string, sequence: number): SignedRecord => ({
  kind,
  key,
  author: 'a' as HostId,
  fresh: [1, 1, sequence],
  version: [sequence],
  expiresAtMs: 0,
  body: { sequence },
  signature: 'x',
})
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe.each(kinds)('the $kind store', ({ newDisk }) => {
  test('is empty at first', async () => {
    const store = await (await newDisk())()
    expect(await store.loadRaft()).toBeUndefined()
    expect(await store.loadRecords()).toEqual([])
    expect(await store.loadFreshness()).toEqual({})
    expect(await store.getMeta('x')).toBeUndefined()
    await store.close()
  })

  test('keeps everything across a restart', async () => {
    const open = await newDisk()
    const before = await open()
    expect(await before.nextBoot()).toBe(1)
    await before.persistRaft({
      snapshot: snapshotAt(0),
      hard: { term: 3, votedFor: 'b' as HostId },
      entries: range(1, 12),
    })
    await before.putRecord(record('intent', 'lab1', 1))
    await before.putRecord(record('intent', 'lab1', 2))
    await before.putRecord(record('status', 'h/lab1', 1))
    await before.putRecord(record('status', 'h/lab2', 1))
    await before.deleteRecord('status', 'h/lab2')
    await before.putFreshness({ 'a/intent/x': [1, 2, 3], 'b/status/y': [1, 1, 1] })
    await before.putFreshness({ 'a/intent/x': [1, 2, 4] })
    await before.putMeta('exec/lab1/r1', { done: 2 })
    await before.putBlob(sha256('hello'), Buffer.from('hello'))
    await before.close()

    const after = await open()
    expect(await after.nextBoot()).toBe(2)
    expect(await after.loadRaft()).toEqual({
      snapshot: snapshotAt(0),
      hard: { term: 3, votedFor: 'b' },
      entries: range(1, 12),
    })
    expect((await after.loadRecords()).map((one) => [one.kind, one.key, one.fresh[2]])).toEqual([
      ['intent', 'lab1', 2],
      ['status', 'h/lab1', 1],
    ])
    expect(await after.loadFreshness()).toEqual({ 'a/intent/x': [1, 2, 4], 'b/status/y': [1, 1, 1] })
    expect(await after.getMeta('exec/lab1/r1')).toEqual({ done: 2 })
    expect(Buffer.from(await after.getBlob(sha256('hello'))).toString()).toBe('hello')
    expect(await after.hasBlob(sha256('other'))).toBe(false)
    await after.close()
  })

  test('a log without a snapshot starts from the beginning', async () => {
    const store = await (await newDisk())()
    await store.persistRaft({ hard: { term: 1, votedFor: null } })
    expect(await store.loadRaft()).toMatchObject({
      hard: { term: 1 },
      snapshot: { index: 0, term: 0, state: null },
      entries: [],
    })
    await store.close()
  })

  test.each<[string, readonly RaftWrite[], readonly Entry[]]>([
    [
      'entries replace everything from their first index on',
      [{ entries: range(1, 9) }, { entries: range(4, 5, 2) }],
      [...range(1, 3), ...range(4, 5, 2)],
    ],
    ['truncateFrom drops from there on', [{ entries: range(1, 9) }, { truncateFrom: 3 }], range(1, 2)],
    ['a snapshot drops entries up to its index', [{ entries: range(1, 9) }, { snapshot: snapshotAt(6) }], range(7, 9)],
    [
      'one beyond the log drops all of it',
      [{ entries: range(1, 3) }, { snapshot: snapshotAt(20) }, { entries: range(21, 22) }],
      range(21, 22),
    ],
    [
      'all in one write',
      [{ entries: range(1, 9) }, { snapshot: snapshotAt(4), truncateFrom: 7, entries: range(7, 8, 2) }],
      [...range(5, 6), ...range(7, 8, 2)],
    ],
  ])('%s', async (_name, writes, expected) => {
    const open = await newDisk()
    const store = await open()
    await Promise.all([{ snapshot: snapshotAt(0) }, ...writes].map((write) => store.persistRaft(write)))
    expect((await store.loadRaft())?.entries).toEqual(expected)
    await store.close()
    const again = await open()
    expect((await again.loadRaft())?.entries).toEqual(expected)
    await again.close()
  })

  test('blobs are checked against their digest, and names that are none are refused', async () => {
    const store = await (await newDisk())()
    await expect(store.putBlob(sha256('a'), Buffer.from('b'))).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(store.getBlob(sha256('a'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(store.getBlob('../../etc/passwd')).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await store.close()
  })
})

interface Model {
  readonly base: number
  readonly log: readonly Entry[]
}

/** What the log does next, as a raft would ask for it, and what it holds then. */
const nextWrite = (
  { base, log }: Model,
  { term, at, count, what }: { term: number; at: number; count: number; what: string },
): { readonly write: RaftWrite; readonly model: Model } => {
  const end = base + log.length
  const from = what === 'append' ? end + 1 : Math.max(base + 1, Math.min(at, end + 1))
  if (what === 'truncate')
    return { write: { truncateFrom: from }, model: { base, log: log.filter(({ index }) => index < from) } }
  if (what === 'snapshot')
    return {
      write: { snapshot: snapshotAt(from) },
      model: { base: from, log: log.filter(({ index }) => index > from) },
    }
  const added = range(from, from + count, term)
  return { write: { entries: added }, model: { base, log: [...log.filter(({ index }) => index < from), ...added] } }
}

const step = fc.record({
  at: fc.nat({ max: 12 }),
  count: fc.nat({ max: 4 }),
  what: fc.constantFrom('append', 'append', 'replace', 'truncate', 'snapshot'),
})

test.each([
  ['one by one', fc.constant(1)],
  ['some of them in one batch, with one write to the disk', fc.integer({ min: 1, max: 5 })],
])('any sequence of writes leaves the log that the rules say: %s', async (_, together) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 16 }), fc.array(together, { minLength: 16 }), async (steps, sizes) => {
      const disk = memoryDisk()
      const store = await memoryStore(disk)
      await store.persistRaft({ snapshot: snapshotAt(0) })
      let model: Model = { base: 0, log: [] }
      let waiting: RaftWrite[] = []
      for (const [term, one] of steps.entries()) {
        const { write, model: after } = nextWrite(model, { term, ...one })
        model = after
        waiting.push(write)
        if (waiting.length < (sizes[term] ?? 1) && term < steps.length - 1) continue
        const { sequence } = disk
        await store.persistRaft(...waiting)
        expect(disk.sequence).toBe(sequence + 1)
        waiting = []
        expect((await (await memoryStore(disk)).loadRaft())?.entries).toEqual(model.log)
      }
    }),
    { numRuns: 300 },
  )
})

test('of a batch the last vote and the last snapshot are kept', async () => {
  const store = await memoryStore()
  const vote = (term: number) => ({ hard: { term, votedFor: null } })
  await store.persistRaft({ snapshot: snapshotAt(1), ...vote(1) }, { snapshot: snapshotAt(2) }, vote(3), {})
  await store.persistRaft()
  expect(await store.loadRaft()).toEqual({ snapshot: snapshotAt(2), ...vote(3), entries: [] })
})

test('what a snapshot covers leaves the disk', async () => {
  const disk = memoryDisk()
  const store = await memoryStore(disk)
  for (let index = 1; index <= 9; index += 3) await store.persistRaft({ entries: range(index, index + 2) })
  await store.persistRaft({ snapshot: snapshotAt(6) })
  expect([...disk.values.keys()].filter((key) => key.startsWith('raft/log/'))).toEqual(['raft/log/0000000000000007'])
})

test('entries that were kept each by itself are read as well', async () => {
  const disk = memoryDisk()
  await (await memoryStore(disk)).persistRaft({ snapshot: snapshotAt(0), entries: range(1, 3) })
  for (const one of range(2, 3)) {
    const key = `raft/log/${String(one.index).padStart(16, '0')}`
    disk.values.set(key, encode(key, one))
  }
  const first = 'raft/log/0000000000000001'
  disk.values.set(first, encode(first, entry(1)))
  const store = await memoryStore(disk)
  expect((await store.loadRaft())?.entries).toEqual(range(1, 3))
  await store.persistRaft({ entries: range(3, 4, 2) })
  expect((await store.loadRaft())?.entries).toEqual([...range(1, 2), ...range(3, 4, 2)])
})

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
