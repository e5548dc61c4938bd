import { describe, expect, test } from 'vitest'
import { type EventsBody, encodeEvents } from '#core/feed/body.ts'
import type { FeedEvent, FeedTold } from '#core/model/feed.ts'
import { MAX_SMALL_RECORD_BYTES } from '#core/model/record.ts'
import { encodeRecord } from '#core/record/encode.ts'
import { signRecord } from '#identity/sign.ts'
import { type MemoryDisk, memoryDisk, memoryStore } from '#store/memory-store.ts'
import { type BenchHost, benchHost } from '#testing/engine-bench.ts'
import { pass, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { Feed } from './feed.ts'

const [a, b] = [benchHost('a', 1), benchHost('b', 2)]
const told = (message: string): FeedTold => ({ level: 'info', code: 'LINK_UP', about: 'x', message })
const texts = (events: readonly FeedEvent[] | undefined): readonly string[] =>
  (events ?? []).map(({ message }) => message)

interface Life {
  readonly feed: Feed
  readonly published: EventsBody[]
  readonly counts: string[]
  /** Everything that was handed to who follows. */
  readonly followed: FeedEvent[]
}

/** One start of a feed; `peers` answer its requests. */
const start = async (
  who: BenchHost,
  { disk = memoryDisk(), peers = new Map() }: { disk?: MemoryDisk; peers?: ReadonlyMap<string, Feed> } = {},
): Promise<Life> => {
  const store = await memoryStore(disk)
  const published: EventsBody[] = []
  const counts: string[] = []
  const followed: FeedEvent[] = []
  const feed = new Feed({
    self: who.id,
    boot: await store.nextBoot(),
    clock: virtualClock,
    store,
    publish: (body) => published.push(body),
    request: async (to, _name, body) => {
      const peer = peers.get(to)
      if (peer === undefined) throw new Error('not connected')
      return JSON.parse(JSON.stringify(peer.answer(body)))
    },
    count: (code) => counts.push(code),
    onFatal: (error) => {
      throw error
    },
  })
  await feed.start({ name: who.name, version: '1' })
  feed.follow((event) => followed.push(event))
  await pass(300)
  return { feed, published, counts, followed }
}

describe('what a host tells', () => {
  useVirtualTime()

  test('goes out at once; in a storm gathered, in one record each 200 ms', async () => {
    const { feed, published } = await start(a)
    await pass(2_000)
    published.length = 0
    const newest = () => published.map(({ events }) => events.at(-1)?.[5])
    for (const word of ['1', '2', '3', '4', '5']) {
      feed.tell(told(word))
      await pass(1)
    }
    expect(newest()).toEqual(['1', '2', '3', '4', '5'])
    for (const word of ['6', '7', '8']) feed.tell(told(word))
    await pass(100)
    expect(newest().length).toBe(5)
    await pass(100)
    expect(newest()).toEqual(['1', '2', '3', '4', '5', '8'])
    expect(
      published
        .at(-1)
        ?.events.map((event) => event[5])
        .slice(-4),
    ).toEqual(['5', '6', '7', '8'])
    for (let count = 0; count < 100; count += 1) {
      feed.tell(told(`n${count}`))
      await pass(50)
    }
    await pass(1_000)
    expect(published.length).toBeLessThan(6 + 5_000 / 200 + 3)
    expect(newest().at(-1)).toBe('n99')
  })

  test('a thousand at once are some two hundred and a count, in few and small records', async () => {
    const { feed, published, counts } = await start(a)
    published.length = 0
    for (let count = 1; count <= 1_000; count += 1) feed.tell(told(`${'ö'.repeat(390)} ${count}`))
    await pass(5_000)
    const own = feed.held.get(a.id) ?? []
    const counted = own.filter(({ code }) => code === 'MORE').map(({ message }) => Number(message.split(' ')[1]))
    expect(own.filter(({ code }) => code === 'LINK_UP').length + counted.reduce((sum, count) => sum + count, 0)).toBe(
      1_000,
    )
    const notTold = counts.filter((code) => code === 'EVENT_NOT_TOLD').length
    expect(notTold).toBe(counted.reduce((sum, count) => sum + count, 0))
    expect(own.length).toBeLessThan(250)
    expect(published.length).toBeLessThanOrEqual(4)
    for (const body of published) {
      const draft = { kind: 'events', key: a.id, version: [], expiresAtMs: 0, body } as const
      expect(encodeRecord(signRecord(draft, a.keys, [1, 1, 1])).length).toBeLessThan(MAX_SMALL_RECORD_BYTES / 4)
    }
  })

  test('outlives the agent, in the order of its starts, and says how it had ended', async () => {
    const disk = memoryDisk()
    const first = await start(a, { disk })
    first.feed.tell(told('before'))
    await first.feed.stop()
    await pass(10)
    const second = await start(a, { disk })
    const third = await start(a, { disk })
    expect(second.feed.held.get(a.id)?.length).toBe(3)
    expect(texts(third.feed.held.get(a.id))).toEqual([
      expect.stringContaining('first time'),
      'before',
      expect.stringContaining('after a stop'),
      expect.stringContaining('after it was killed'),
    ])
    expect(third.feed.held.get(a.id)?.map(({ boot, seq }) => [boot, seq])).toEqual([
      [1, 1],
      [1, 2],
      [2, 1],
      [3, 1],
    ])
  })
})

describe('what other hosts tell', () => {
  useVirtualTime()

  test('is taken once and in order, however often it comes', async () => {
    const there = await start(b)
    const here = await start(a)
    there.feed.tell(told('one'))
    await pass(300)
    for (const body of [...there.published, ...there.published.toReversed()]) here.feed.heard(b.id, body)
    expect(texts(here.feed.held.get(b.id))).toEqual([expect.stringContaining('first time'), 'one'])
    expect(here.followed.map(({ seq }) => seq)).toEqual([1, 2])
  })

  test('a hole is filled from its host before what comes after it is shown', async () => {
    const there = await start(b)
    const here = await start(a, { peers: new Map([[b.id, there.feed]]) })
    here.feed.heard(b.id, there.published.at(-1))
    for (let count = 1; count <= 190; count += 1) there.feed.tell(told(`n${count}`))
    await pass(1_000)
    here.feed.heard(b.id, there.published.at(-1))
    expect(here.followed.length, 'asked first').toBe(1)
    await pass(50)
    expect(here.followed.map(({ seq }) => seq)).toEqual(Array.from({ length: 191 }, (_, index) => index + 1))
    expect(here.feed.held.get(b.id)).toEqual(there.feed.held.get(b.id))
    expect(here.counts).toEqual(['FEED_FILLED'])
  })

  test('of a host that cannot be asked the newest are shown all the same, and the hole stays', async () => {
    const there = await start(b)
    const here = await start(a)
    here.feed.heard(b.id, there.published.at(-1))
    for (let count = 1; count <= 100; count += 1) there.feed.tell(told(`n${count}`))
    await pass(1_000)
    here.feed.heard(b.id, there.published.at(-1))
    await pass(9_000)
    expect(here.followed.length, 'it is asked again and again').toBe(1)
    await pass(2_000)
    expect(texts(here.followed).at(-1)).toBe('n100')
    expect(here.counts).toEqual(['FEED_HOLE'])
    expect(here.followed.length).toBeLessThan(50)
  })

  test('of a host that can be asked soon after nothing is left out', async () => {
    const there = await start(b)
    const peers = new Map<string, Feed>()
    const here = await start(a, { peers })
    here.feed.heard(b.id, there.published.at(-1))
    for (let count = 1; count <= 100; count += 1) there.feed.tell(told(`n${count}`))
    await pass(1_000)
    here.feed.heard(b.id, there.published.at(-1))
    await pass(3_000)
    peers.set(b.id, there.feed)
    await pass(1_000)
    expect(here.followed.map(({ seq }) => seq)).toEqual(Array.from({ length: 101 }, (_, index) => index + 1))
    expect(here.counts).toEqual(['FEED_FILLED'])
  })

  test('an answer that lies about its place or its order is not taken', async () => {
    const far = { message: 'far', host: b.id, boot: 1, atMs: 1, level: 'info', code: 'LINK_UP' } as const
    const liar = {
      answer: () => ({
        after: [0, 0],
        events: [
          [9, 9, 1, 'info', 'LINK_UP', 'x'],
          [1, 1, 1, 'info', 'LINK_UP', 'y'],
        ],
      }),
    }
    const here = await start(a, { peers: new Map([[b.id, liar as unknown as Feed]]) })
    here.feed.heard(b.id, encodeEvents([1, 6], [{ ...far, seq: 7 }]))
    await pass(50)
    expect(texts(here.followed)).toEqual(['far'])
    expect(here.counts).toEqual(['FEED_HOLE'])
  })

  test('a request for events is answered in pages, for one lab, and refused where it is none', async () => {
    const { feed } = await start(b)
    for (let count = 1; count <= 50; count += 1)
      feed.tell({ ...told(`n${count}`), ...(count % 2 ? {} : { lab: 'one' }) })
    expect(feed.answer({ after: [1, 11], newest: 10_000 }).events.length).toBe(40)
    const newest = feed.answer({ after: [0, 0], newest: 3 })
    expect(newest.after).toEqual([1, 48])
    expect(newest.events.map((event) => event[5])).toEqual(['n48', 'n49', 'n50'])
    expect(feed.answer({ after: [0, 0], newest: 10_000, lab: 'one' }).events.length).toBe(25)
    expect(feed.answer({ after: [9, 9], newest: 5 })).toEqual({ after: [9, 9], events: [] })
    expect(() => feed.answer({ after: 'all' })).toThrow('malformed request')
  })
})
