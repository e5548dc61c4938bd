import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Entry } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'
import { encode } from './codec.ts'
import { memoryStore, openStore, type RaftWrite, type Store } from './index.ts'
import { memoryDisk } from './memory-store.ts'
import { entry, newFolder, range, record, sha256, snapshotAt } from './store.fixture.ts'

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

describe.each(kinds)('the $kind store', ({ newDisk }) => {
  test('is empty at first', async () => {
    const store = await (await newDisk())()
    expect(await store.loadRaft()).toBeUndefined()
    expect(await store.loadRecords()).toEqual([])
    expect(await store.loadFreshness()).toEqual({})
    expect(await store.getMeta('x')).toBeUndefined()
    await store.close()
  })

  test('keeps events in their order across a restart, and drops the oldest, many with one write', async () => {
    const open = await newDisk()
    const before = await open()
    const hundred = (boot: number, from: number) => Array.from({ length: 100 }, (_, index) => [boot, from + index])
    await before.appendEvents([9, 1], [[9, 1]])
    for (let from = 1; from <= 10_900; from += 100) await before.appendEvents([10, from], hundred(10, from))
    await before.appendEvents([10, 10_901], hundred(10, 10_901))
    await before.close()
    const store = await open()
    const kept = await store.loadEvents()
    expect(kept.length).toBe(10_000)
    expect(kept.slice(0, 1)).toEqual([[10, 1_001]])
    expect(kept).toEqual(Array.from({ length: 10_000 }, (_, index) => [10, 1_001 + index]))
    await store.appendEvents([11, 1], [[11, 1]])
    expect((await store.loadEvents()).at(-1)).toEqual([11, 1])
    await store.close()
  })

  test('keeps no more than some megabytes of events', async () => {
    const store = await (await newDisk())()
    for (let seq = 1; seq <= 60; seq += 1) await store.appendEvents([1, seq], ['x'.repeat(100_000)])
    const kept = await store.loadEvents()
    expect(kept.length).toBeGreaterThan(35)
    expect(kept.length).toBeLessThan(47)
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
    await before.putMeta('gone', 1)
    await before.putMeta('gone', undefined)
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
    expect(await after.getMeta('gone')).toBeUndefined()
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
