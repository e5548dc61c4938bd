import { describe, expect, test } from 'vitest'
import type { Event } from '#core/engine/event.ts'
import type { Fresh, RecordDraft, SignedRecord } from '#core/model/record.ts'
import { signRecord } from '#identity/sign.ts'
import { memoryStore } from '#store/index.ts'
import { benchHost, EngineBench } from '#testing/engine-bench.ts'
import { Inbox } from './inbox.ts'

const [a, b, gone, stranger] = [benchHost('a', 1), benchHost('b', 2), benchHost('gone', 3), benchHost('x', 9)]
const removed = { ...gone, entry: { ...gone.entry, state: 'removed' as const } }

const beat = (key: string): RecordDraft => ({
  kind: 'heartbeat',
  key,
  version: [],
  expiresAtMs: 0,
  body: { v: '1', cpu: 100, mem: 10 },
})
const from = (author: typeof a, fresh: Fresh, draft = beat(author.id)): SignedRecord =>
  signRecord(draft, author.keys, fresh)

/** One life of a host: its store outlives it. */
const life = async (store = memoryStore()) => {
  const kept = await store
  const events: Event[] = []
  const counts: string[] = []
  const inbox = new Inbox({
    engine: new EngineBench({ hosts: [a, b, removed] }).engine,
    store: kept,
    freshness: await kept.loadFreshness(),
    dispatch: (event) => events.push(event),
    count: (code) => counts.push(code),
  })
  return { inbox, events, counts, store }
}

describe('inbox', () => {
  test('what a host of the roster signed reaches the engine once', async () => {
    const { inbox, events, counts } = await life()
    const record = from(b, [1, 1, 1])
    expect(inbox.take(record, b.id)).toBe('accept')
    expect(inbox.take(record, 'sync')).toBe('ignore')
    expect(events).toEqual([{ type: 'record', record, own: false }])
    expect(counts).toEqual(['NOT_FRESH'])
  })

  test('newer ones pass, older ones do not, each key by itself', async () => {
    const { inbox } = await life()
    const status = (lab: string, fresh: Fresh): SignedRecord =>
      from(b, fresh, { kind: 'status', key: `${b.id}/${lab}`, version: [], expiresAtMs: 0, body: null })
    expect(inbox.take(status('one', [1, 1, 5]), b.id)).toBe('accept')
    expect(inbox.take(status('one', [1, 1, 4]), b.id)).toBe('ignore')
    expect(inbox.take(status('two', [1, 1, 4]), b.id)).toBe('accept')
    expect(inbox.take(status('one', [1, 2, 0]), b.id)).toBe('accept')
  })

  test('a replay after a restart is still old: what was heard was kept', async () => {
    const first = await life()
    const record = from(b, [1, 1, 7])
    first.inbox.take(record, b.id)
    await first.inbox.keep()
    const second = await life(first.store)
    expect(second.inbox.take(record, b.id)).toBe('ignore')
    expect(second.inbox.take(from(b, [1, 1, 8]), b.id)).toBe('accept')
    expect(second.events).toHaveLength(1)
  })

  test('keeps only what is new since last time', async () => {
    const writes: unknown[] = []
    const inbox = new Inbox({
      engine: new EngineBench({ hosts: [a, b] }).engine,
      store: { putFreshness: async (batch) => void writes.push(batch) },
      freshness: {},
      dispatch: () => {},
      count: () => {},
    })
    await inbox.keep()
    inbox.take(from(b, [1, 1, 1]), b.id)
    inbox.take(from(b, [1, 1, 2]), b.id)
    await inbox.keep()
    await inbox.keep()
    expect(writes).toEqual([{ [`${b.id}/heartbeat/${b.id}`]: [1, 1, 2] }])
  })

  test.each([
    ['forged', { ...from(b, [1, 1, 1]), fresh: [1, 1, 2] as const }, 'reject', 'BAD_SIGNATURE'],
    ['signed by another', { ...from(stranger, [1, 1, 1]), author: b.id, key: b.id }, 'reject', 'BAD_SIGNATURE'],
    ['about somebody else', from(b, [1, 1, 1], beat(a.id)), 'reject', 'KIND_FORBIDDEN'],
    ['of a stranger', from(stranger, [1, 1, 1]), 'ignore', 'AUTHOR_UNKNOWN'],
    ['of a removed host', from(removed, [1, 1, 1]), 'ignore', 'AUTHOR_REMOVED'],
  ] as const)('%s: dropped and counted, and it spoils nothing', async (_, record, verdict, code) => {
    const { inbox, events, counts } = await life()
    expect(inbox.take(record, b.id)).toBe(verdict)
    expect(events).toEqual([])
    expect(counts).toEqual([code])
    expect(inbox.take(from(b, [1, 1, 1]), b.id)).toBe('accept')
  })
})
