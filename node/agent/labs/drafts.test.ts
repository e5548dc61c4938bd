import { beforeEach, describe, expect, test } from 'vitest'
import { DRAFT_KEPT_MS, MAX_DRAFT_BYTES } from '#core/drafts/draft.ts'
import { TOMBSTONE_MS } from '#core/record/expire.ts'
import { benchHost, EngineBench } from '#testing/engine-bench.ts'
import { useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { isBodyReadable } from '../bodies.ts'
import { Drafts } from './drafts.ts'

const [a, b] = [benchHost('a', 1), benchHost('b', 2)]

describe('drafts', () => {
  useVirtualTime()
  let bench: EngineBench
  let drafts: Drafts

  /** As another host tells of one. */
  const hear = (version: number, draft: object | null): void =>
    bench.hear(
      { kind: 'draft', key: 'one', version: [version, 0, b.id], expiresAtMs: 0, body: { lab: 'one', draft } },
      b,
    )

  beforeEach(() => {
    bench = new EngineBench({ hosts: [a, b] })
    drafts = new Drafts({
      engine: bench.engine,
      clock: virtualClock,
      loop: { idle: async () => {} },
      publish: (draft) => bench.hear(draft, a),
    })
  })

  test('are written, written anew, found, listed and removed', async () => {
    expect(drafts.find('one')).toBeUndefined()
    const atMs = virtualClock.nowMs()
    expect(await drafts.write('one', null)).toEqual({ lab: 'one', topology: null, atMs, host: 'a' })
    await drafts.write('one', 'nodes: {}')
    await drafts.write('also', null)
    expect(drafts.list()).toMatchObject([{ lab: 'also' }, { lab: 'one', topology: 'nodes: {}' }])
    await drafts.remove('one')
    expect(drafts.find('one')).toBeUndefined()
    await expect(drafts.remove('one')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(drafts.list()).toHaveLength(1)
  })

  test('of other hosts are known here, and the later one counts', async () => {
    hear(1, { topology: 'theirs', atMs: 5, host: b.id })
    expect(drafts.find('one')).toEqual({ lab: 'one', topology: 'theirs', atMs: 5, host: 'b' })
    await drafts.write('one', 'ours')
    hear(1, { topology: 'old', atMs: 5, host: b.id })
    expect(drafts.find('one')).toMatchObject({ topology: 'ours', host: 'a' })
    hear(9, null)
    expect(drafts.find('one')).toBeUndefined()
    await drafts.write('one', 'again')
    expect(drafts.find('one')).toMatchObject({ topology: 'again' })
  })

  test('are forgotten when nobody touches them, removals sooner', async () => {
    await drafts.write('one', 'x')
    const kept = bench.engine.book.get('draft', 'one')
    expect(kept?.expiresAtMs).toBe(virtualClock.nowMs() + DRAFT_KEPT_MS)
    await drafts.remove('one')
    expect(bench.engine.book.get('draft', 'one')?.expiresAtMs).toBe(virtualClock.nowMs() + TOMBSTONE_MS)
  })

  test('that are too large are refused', async () => {
    await expect(drafts.write('one', 'é'.repeat(MAX_DRAFT_BYTES / 2 + 1))).rejects.toMatchObject({ code: 'BAD_INPUT' })
    expect(drafts.find('one')).toBeUndefined()
    await drafts.write('one', 'é'.repeat(MAX_DRAFT_BYTES / 2))
  })

  test('are read from other hosts only where they are what they say', () => {
    const draft = { topology: null, atMs: 1, host: b.id }
    const readable = (key: string, body: unknown): boolean =>
      isBodyReadable(bench.sign({ kind: 'draft', key, version: [1], expiresAtMs: 0, body }, b))
    expect(readable('one', { lab: 'one', draft, later: true })).toBe(true)
    expect(readable('one', { lab: 'one', draft: null })).toBe(true)
    expect(readable('one', { lab: 'two', draft })).toBe(false)
    expect(readable('../x', { lab: '../x', draft })).toBe(false)
    expect(readable('one', { lab: 'one', draft: { ...draft, topology: 7 } })).toBe(false)
    expect(readable('one', { lab: 'one', draft: { ...draft, topology: 'x'.repeat(MAX_DRAFT_BYTES + 1) } })).toBe(false)
    expect(readable('one', null)).toBe(false)
  })
})
