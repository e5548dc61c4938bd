import { describe, expect, it } from 'vitest'
import type { EventView } from '#agent/port.ts'
import { type FeedEntry, MAX_ENTRIES, withEvent } from './feed.ts'
import { feedQuery, isWanted, readFilter } from './filter.ts'

const event = (seq: number, more: Partial<EventView> = {}): EventView => ({
  ...{
    host: 'A' as EventView['host'],
    hostName: 'a',
    boot: 1,
    seq,
    atMs: 0,
    level: 'info',
    code: 'LINK_UP',
    message: 'right again',
  },
  ...more,
})

describe('the feed', () => {
  it('has each event once, and not for ever', () => {
    const seen = new Set<string>()
    let entries: readonly FeedEntry[] = []
    for (const seq of [1, 2, 2, 1, 3]) entries = withEvent(entries, event(seq), seen)
    expect(entries.map((entry) => entry.type === 'event' && entry.event.seq)).toEqual([1, 2, 3])
    for (let seq = 4; seq < MAX_ENTRIES + 10; seq += 1) entries = withEvent(entries, event(seq), seen)
    expect(entries).toHaveLength(MAX_ENTRIES)
  })
})

describe('a filter', () => {
  it('is read from and asked by its place', () => {
    const filter = readFilter(new URLSearchParams('lab=one&level=warn&other=1'))
    expect(filter).toEqual({ host: '', lab: 'one', level: 'warn', text: '' })
    expect(feedQuery(filter, { limit: '5' })).toBe('limit=5&lab=one')
  })

  it.each<[Partial<EventView>, string, string, boolean]>([
    [{}, '', '', true],
    [{}, 'warn', '', false],
    [{ level: 'warn' }, 'warn', '', true],
    [{ level: 'warn' }, 'error', '', false],
    [{ level: 'error' }, 'warn', '', true],
    [{}, '', 'LINK', true],
    [{}, '', 'right AGAIN', true],
    [{ about: 'r1:eth1' }, '', 'eth1', true],
    [{}, '', 'nothing', false],
  ])('%j by "%s" and "%s"', (change, level, text, is) => expect(isWanted(event(1, change), { level, text })).toBe(is))
})
