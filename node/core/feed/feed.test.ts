import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FEED_TEXT, type FeedEvent, type FeedPosition, positionOf } from '../model/feed.ts'
import type { HostId } from '../model/ids.ts'
import { decodeEvents, encodeEvents, MAX_BODY_EVENTS } from './body.ts'
import { advance, decodeCursor, encodeCursor, type FeedCursor, isAfter } from './cursor.ts'
import { mergeFeeds } from './merge.ts'
import { Shelf } from './shelf.ts'
import { Storm } from './storm.ts'
import { tidy } from './text.ts'

const idOf = (letter: string): HostId => `12D3KooW${letter.repeat(44)}` as HostId
const [A, B] = [idOf('A'), idOf('B')]
const event = (host: HostId, [boot, seq]: FeedPosition, more: Partial<FeedEvent> = {}): FeedEvent => ({
  host,
  boot,
  seq,
  atMs: 1_000 * boot + seq,
  level: 'info',
  code: 'LINK_UP',
  message: 'fine',
  ...more,
})
const run = (host: HostId, boot: number, count: number): readonly FeedEvent[] =>
  Array.from({ length: count }, (_, index) => event(host, [boot, index + 1]))

const text = (longest: number) =>
  fc.string({ unit: 'grapheme', maxLength: longest }).filter((it) => it.length <= longest && !/\p{Cc}/u.test(it))
const anyEvent = fc.record({
  atMs: fc.nat(),
  level: fc.constantFrom('info' as const, 'warn' as const, 'error' as const),
  code: fc.constantFrom('LINK_UP', 'A_CODE_TO_COME'),
  message: text(FEED_TEXT.message),
  lab: fc.option(text(FEED_TEXT.lab), { nil: undefined }),
  about: fc.option(text(FEED_TEXT.about), { nil: undefined }),
})
const anyRun = fc.array(anyEvent, { maxLength: 20 }).map((events) =>
  events.map(({ lab, about, ...rest }, index) =>
    event(A, [2, index + 1], {
      ...rest,
      ...(lab === undefined ? {} : { lab }),
      ...(about === undefined ? {} : { about }),
    }),
  ),
)

describe('the body of a record', () => {
  test('gives back what went in, as JSON travels', () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        const body: unknown = JSON.parse(JSON.stringify(encodeEvents([1, 7], events)))
        expect(decodeEvents(A, body)).toEqual({ after: [1, 7], events })
      }),
    )
  })

  const whole = [2, 1, 5, 'info', 'LINK_UP', 'fine']
  test.each<[string, unknown]>([
    ['nothing', null],
    ['a list', []],
    ['no place', { events: [] }],
    ['a place that is none', { after: [0, -1], events: [] }],
    [
      'too many',
      { after: [0, 0], events: Array.from({ length: MAX_BODY_EVENTS + 1 }, (_, i) => whole.with(1, i + 1)) },
    ],
    ['out of order', { after: [0, 0], events: [whole.with(1, 2), whole] }],
    ['one twice', { after: [0, 0], events: [whole, whole] }],
    ['one that is not after', { after: [2, 1], events: [whole] }],
    ['a number that is text', { after: [0, 0], events: [whole.with(1, '1' as never)] }],
    ['a number 0', { after: [0, 0], events: [whole.with(1, 0)] }],
    ['no wall clock', { after: [0, 0], events: [whole.with(2, 1e300)] }],
    ['a level that is none', { after: [0, 0], events: [whole.with(3, 'fatal')] }],
    ['a code that is none', { after: [0, 0], events: [whole.with(4, 'rm -rf')] }],
    ['a long message', { after: [0, 0], events: [whole.with(5, 'x'.repeat(FEED_TEXT.message + 1))] }],
    ['a terminal escape', { after: [0, 0], events: [whole.with(5, '\u001b[2J')] }],
    ['one field too many', { after: [0, 0], events: [[...whole, 'lab', 'about', 'host']] }],
  ])('is not read where it has %s', (_what, body) => {
    expect(decodeEvents(A, body)).toBeUndefined()
  })

  test('never speaks for another host than the one it came from', () => {
    expect(decodeEvents(B, encodeEvents([0, 0], run(A, 1, 1)))?.events).toEqual(run(B, 1, 1))
  })
})

describe('a cursor', () => {
  const cursors = fc
    .uniqueArray(fc.constantFrom('A', 'B', 'C', 'z', '9'), { maxLength: 5 })
    .chain((hosts) =>
      fc
        .tuple(...hosts.map(() => fc.tuple(fc.nat(), fc.nat())))
        .map((places): FeedCursor => new Map(hosts.map((host, index) => [idOf(host), places[index] ?? [0, 0]]))),
    )

  test('survives being text that a URL carries as it is', () => {
    fc.assert(
      fc.property(cursors, (cursor) => {
        const written = encodeCursor(cursor)
        expect(encodeURI(written)).toBe(written)
        expect(decodeCursor(written)).toEqual(cursor)
      }),
    )
  })

  test.each(['', 'x', 'A.1.2', `${'A'.repeat(44)}.1`, `${'A'.repeat(44)}.1.-2`, `0~0`])('%j is none', (written) => {
    expect(decodeCursor(written)).toBeUndefined()
  })

  test('never goes back, and a host it lacks is unread', () => {
    const cursor = advance(advance(new Map(), event(A, [2, 1])), event(A, [1, 9]))
    expect(cursor.get(A)).toEqual([2, 1])
    expect(isAfter(cursor, event(A, [1, 99]))).toBe(false)
    expect(isAfter(cursor, event(A, [2, 2]))).toBe(true)
    expect(isAfter(cursor, event(B, [1, 1]))).toBe(true)
  })
})

describe('the merged view', () => {
  test('loses nothing, and never lets two events of one host change places, whatever their clocks say', () => {
    const feeds = fc.array(fc.array(fc.nat(50), { maxLength: 15 }), { minLength: 2, maxLength: 2 })
    fc.assert(
      fc.property(feeds, (clocks) => {
        const lists = clocks.map((times, at) =>
          times.map((atMs, index) => event([A, B][at] ?? A, [1, index + 1], { atMs })),
        )
        const merged = mergeFeeds(new Map(lists.map((list, at) => [[A, B][at] ?? A, list])))
        for (const [at, list] of lists.entries()) expect(merged.filter(({ host }) => host === [A, B][at])).toEqual(list)
      }),
    )
  })

  test('goes by wall clock, and a clock that was far ahead once does not hold its host at the end', () => {
    const far = [event(A, [1, 1], { atMs: 9_000 }), event(A, [1, 2], { atMs: 10 }), event(A, [1, 3], { atMs: 30 })]
    const other = [event(B, [1, 1], { atMs: 5 }), event(B, [1, 2], { atMs: 20 }), event(B, [1, 3], { atMs: 40 })]
    const merged = mergeFeeds(new Map([[A, far] as const, [B, other] as const]))
    expect(merged.map(({ host, seq }) => `${host === A ? 'a' : 'b'}${seq}`)).toEqual([
      'b1',
      'a1',
      'a2',
      'b2',
      'a3',
      'b3',
    ])
  })
})

describe('a shelf', () => {
  test('takes each event once, in order, and drops the oldest, many at once', () => {
    const shelf = new Shelf({ events: 10, bytes: 1_000_000 })
    expect(shelf.put(run(A, 1, 5)).length).toBe(5)
    expect(shelf.put(run(A, 1, 11)).length).toBe(6)
    expect(shelf.events.length, 'a tenth too many').toBe(11)
    shelf.put(run(A, 1, 12))
    expect(shelf.events.map(({ seq }) => seq)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(shelf.first).toEqual([1, 2])
    expect(shelf.after([1, 10], 1).map(positionOf)).toEqual([[1, 11]])
    expect(shelf.put(run(A, 1, 12))).toEqual([])
  })

  test('is bounded by its texts as well', () => {
    const shelf = new Shelf({ events: 1_000, bytes: 2_000 })
    for (let seq = 1; seq <= 50; seq += 1) shelf.put([event(A, [1, seq], { message: 'x'.repeat(120) })])
    expect(shelf.events.length).toBeLessThanOrEqual(11)
    expect(shelf.last).toEqual([1, 50])
  })
})

describe('a storm', () => {
  test('is cut to a burst and a rate; the rest is counted, and told once there is room', () => {
    const storm = new Storm(0)
    let told = 0
    for (let atMs = 0; atMs < 10_000; atMs += 1) {
      if (storm.takeMissed(atMs) > 0) told += 1
      if (storm.admits(atMs)) told += 1
    }
    expect(told).toBeGreaterThan(200)
    expect(told).toBeLessThanOrEqual(200 + 10 * 20)
  })

  test('every event is told or counted', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 600 }), (gaps) => {
        const storm = new Storm(0)
        let nowMs = 0
        let accounted = 0
        for (const gap of gaps) {
          nowMs += gap
          accounted += storm.takeMissed(nowMs)
          if (storm.admits(nowMs)) accounted += 1
        }
        expect(accounted + storm.takeMissed(nowMs + 10_000)).toBe(gaps.length)
      }),
    )
  })
})

describe('the text of an event', () => {
  test('is one line, short, without what opens a mesh', () => {
    const told = tidy({
      level: 'warn',
      code: 'REPAIR_FAILED',
      message: `join skein1.abc_DEF-1.xyz failed:\n\u001b[31m-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----`,
    })
    expect(told.message).toBe('join (secret) failed: [31m(secret)')
    const long = tidy({ level: 'info', code: 'MORE', message: '😀'.repeat(500), lab: 'l', about: 'a' })
    expect(long.message.length).toBeLessThanOrEqual(FEED_TEXT.message)
    expect(long.message.isWellFormed()).toBe(true)
  })
})
