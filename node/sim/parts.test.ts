import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Entry, PersistEffect, Snapshot } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'
import { Checker } from './checker.ts'
import { Disk } from './disk.ts'
import { Network } from './network.ts'
import { EventQueue } from './queue.ts'
import { Random } from './random.ts'

const [a, b, c] = ['a', 'b', 'c'] as unknown as readonly [HostId, HostId, HostId]
const EMPTY: Snapshot = { index: 0, term: 0, configuration: { voters: [a, b, c], learners: [] }, state: null }
const entry = (index: number, term: number): Entry => ({
  index,
  term,
  data: { type: 'command', command: `${index}:${term}` },
})

describe('the virtual world', () => {
  test('events come in order of time, then as they were put in', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (times) => {
        const queue = new EventQueue<number>()
        for (const [i, time] of times.entries()) queue.push(time, i)
        const expected = times.map((atMs, value) => ({ atMs, value })).sort((x, y) => x.atMs - y.atMs)
        const came = times.map(() => queue.pop(20))
        expect(came).toMatchObject(expected)
        expect(queue.pop(20)).toBeUndefined()
      }),
    )
  })

  test('nothing comes before its time', () => {
    const queue = new EventQueue<string>()
    queue.push(5, 'x')
    expect(queue.pop(4)).toBeUndefined()
    expect(queue.pop(5)?.value).toBe('x')
  })

  test('numbers repeat with the seed and fill their range evenly', () => {
    const draw = (seed: number): number[] => {
      const random = new Random(seed)
      return Array.from({ length: 6000 }, () => random.whole(1, 6))
    }
    expect(draw(3)).toEqual(draw(3))
    expect(draw(3)).not.toEqual(draw(4))
    for (const face of [1, 2, 3, 4, 5, 6]) {
      const times = draw(3).filter((drawn) => drawn === face).length
      expect(times).toBeGreaterThan(900)
      expect(times).toBeLessThan(1100)
    }
  })

  test('a cut is one-way, a lost message has no copy, a doubled one two', () => {
    const network = new Network(new Random(1))
    network.cut(a, b)
    expect([network.passes(a, b), network.passes(b, a)]).toEqual([false, true])
    network.heal()
    expect(network.passes(a, b)).toBe(true)
    network.duplicates = 1
    expect(network.route(a, b)).toHaveLength(2)
    network.loss = 1
    expect(network.route(a, b)).toHaveLength(0)
  })

  test('a disk does what a write says, in its order, and refuses gaps', () => {
    const disk = new Disk(EMPTY)
    disk.write({ type: 'persist', entries: [entry(1, 1), entry(2, 1), entry(3, 1)] })
    disk.write({ type: 'persist', entries: [entry(2, 2), entry(3, 2)] })
    expect(disk.entries).toEqual([entry(1, 1), entry(2, 2), entry(3, 2)])
    disk.write({ type: 'persist', snapshot: { ...EMPTY, index: 2, term: 2 } })
    expect(disk.read().entries).toEqual([entry(3, 2)])
    expect([disk.holds(1, 1), disk.holds(2, 2), disk.holds(3, 1), disk.holds(4, 2)]).toEqual([true, true, false, false])
    disk.write({ type: 'persist', snapshot: { ...EMPTY, index: 9, term: 3 }, truncateFrom: 10 })
    expect(disk.entries).toEqual([])
    expect(() => disk.write({ type: 'persist', entries: [entry(11, 3)] })).toThrow('gap')
  })
})

describe('the checker', () => {
  const world = () => {
    const disks = new Map([a, b, c].map((host) => [host, new Disk(EMPTY)]))
    const checker = new Checker(disks, { epoch: 1, index: 0, term: 0 })
    const write = (host: HostId, effect: Omit<PersistEffect, 'type'>): void => {
      disks.get(host)?.write({ type: 'persist', ...effect })
      checker.onWritten(host, { type: 'persist', ...effect })
    }
    const commit = (host: HostId, at: Entry, voters: readonly HostId[] | null): void => {
      checker.onCommit({ host, entry: at, voters })
    }
    return { checker, write, commit }
  }
  const leads = (term: number) => [{ type: 'role', role: 'leader', term, leader: a }] as const

  test('finds two leaders of a term', () => {
    const { checker } = world()
    checker.onDecided(a, leads(1))
    checker.onDecided(a, leads(1))
    expect(() => checker.onDecided(b, leads(1))).toThrow('b and a both lead in term 1')
  })

  test('finds a commit that a majority does not hold', () => {
    const { write, commit } = world()
    write(a, { entries: [entry(1, 1)] })
    expect(() => commit(a, entry(1, 1), [a, b, c])).toThrow('on disk only at a of a b c')
    write(b, { entries: [entry(1, 1)] })
    commit(a, entry(1, 1), [a, b, c])
  })

  test('finds a committed entry that another replaces', () => {
    const { write, commit } = world()
    for (const host of [a, b]) write(host, { entries: [entry(1, 1)] })
    commit(a, entry(1, 1), [a, b, c])
    write(c, { entries: [entry(1, 2)] })
    expect(() => commit(c, entry(1, 2), null)).toThrow('was committed')
  })

  test('finds a leader that lacks what is committed', () => {
    const { checker, write, commit } = world()
    for (const host of [a, b]) write(host, { entries: [entry(1, 1)] })
    commit(a, entry(1, 1), [a, b, c])
    checker.onDecided(c, leads(2))
    expect(() => write(c, { entries: [{ index: 1, term: 2, data: { type: 'noop' } }] })).toThrow(
      'without the committed entry 1',
    )
  })

  test('finds logs that differ before an equal entry', () => {
    const { write } = world()
    write(a, { entries: [entry(1, 1), entry(2, 3)] })
    expect(() => write(b, { entries: [entry(1, 2), entry(2, 3)] })).toThrow('logs differ at 2/3')
  })

  test('finds a second vote, a term that falls, and states that differ', () => {
    const { checker, write } = world()
    const vote = (to: HostId) =>
      ({ type: 'send', to, message: { type: 'vote-reply', term: 4, granted: true } }) as const
    checker.onSent(a, vote(b))
    expect(() => checker.onSent(a, vote(c))).toThrow('a voted for b and c in term 4')
    write(a, { hard: { term: 4, votedFor: b } })
    expect(() => write(a, { hard: { term: 3, votedFor: null } })).toThrow('a fell back to term 3')
    checker.onState(a, 7, 1)
    expect(() => checker.onState(b, 7, 2)).toThrow('b has state 2 at 7')
    checker.onImage(a, 7, { x: 1 })
    expect(() => checker.onImage(b, 7, { x: 2 })).toThrow('b has state {"x":2} at 7')
  })
})
