import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planRounds } from './rounds.ts'

type Pair = { readonly from: number; readonly to: number }
const nicOfEnd = (end: number): string => `host/${end}`
const mesh = (size: number): readonly Pair[] =>
  Array.from({ length: size * size }, (_, at) => ({ from: Math.floor(at / size), to: at % size })).filter(
    ({ from, to }) => from !== to,
  )
const count = (rounds: readonly number[]): number => new Set(rounds).size

/** NICs that are twice in a round. */
function clashes(pairs: readonly Pair[], nic: (end: number) => string): readonly string[] {
  const seen = new Set<string>()
  const rounds = planRounds(pairs, nic)
  return pairs.flatMap(({ from, to }, at) => {
    const round = rounds[at]
    return [...new Set([nic(from), nic(to)])].flatMap((name) => {
      const key = `${name} in ${round}`
      return seen.size === seen.add(key).size ? [key] : []
    })
  })
}

describe('planRounds', () => {
  it('runs a full mesh in the fewest rounds: 2(n-1) of an even number, 2n of an odd one', () => {
    for (let size = 2; size <= 24; size++) {
      const pairs = mesh(size)
      expect(clashes(pairs, nicOfEnd)).toEqual([])
      expect(count(planRounds(pairs, nicOfEnd)), `${size} ends`).toBe(size % 2 === 0 ? 2 * (size - 1) : 2 * size)
    }
  })

  it('measures both directions of a pair one after the other', () => {
    const pairs = mesh(5)
    const rounds = planRounds(pairs, nicOfEnd)
    for (const [at, { from, to }] of pairs.entries()) {
      const back = pairs.findIndex((pair) => pair.from === to && pair.to === from)
      expect(Math.abs((rounds[at] ?? 0) - (rounds[back] ?? 0))).toBe(1)
    }
  })

  it('counts a pair whose ends have one NIC once', () => {
    const [rounds, nic] = [planRounds([{ from: 0, to: 1 }], () => 'host/a'), 'host/a']
    expect(rounds).toEqual([0])
    expect(clashes(mesh(3), () => nic)).toEqual([])
    expect(count(planRounds(mesh(3), () => nic))).toBe(6)
  })

  it('puts pairs of other NICs into one round, and a star one by one', () => {
    const pairs = [0, 2, 4].map((from) => ({ from, to: from + 1 }))
    expect(planRounds(pairs, nicOfEnd)).toEqual([0, 0, 0])
    const star = [1, 2, 3, 4].map((to) => ({ from: 0, to }))
    expect(planRounds(star, nicOfEnd).toSorted()).toEqual([0, 1, 2, 3])
  })

  it('needs no more rounds for a part of a mesh than for all of it', () => {
    const part = mesh(100).slice(0, 9000)
    expect(clashes(part, nicOfEnd)).toEqual([])
    expect(count(planRounds(part, nicOfEnd))).toBeLessThanOrEqual(198)
  })

  it('never uses a NIC twice in a round and leaves no round empty, whatever the shape', () => {
    const end = fc.nat({ max: 12 })
    const pairs = fc.array(fc.record({ from: end, to: end }), { maxLength: 60 })
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 13 }), (some, nics) => {
        const nic = (at: number): string => `host/${at % nics}`
        expect(clashes(some, nic)).toEqual([])
        const rounds = planRounds(some, nic)
        expect(count(rounds)).toBe(Math.max(-1, ...rounds) + 1)
      }),
    )
  })

  it('needs at most twice what the busiest NIC has, less one', () => {
    const pairs = fc.array(fc.record({ from: fc.nat({ max: 8 }), to: fc.nat({ max: 8 }) }), { minLength: 1 })
    fc.assert(
      fc.property(pairs, (some) => {
        const uses = new Map<number, number>()
        for (const { from, to } of some) for (const at of new Set([from, to])) uses.set(at, (uses.get(at) ?? 0) + 1)
        expect(count(planRounds(some, nicOfEnd))).toBeLessThan(2 * Math.max(...uses.values()))
      }),
    )
  })

  it('is quick with 10,000 pairs: a mesh, a star, many on one NIC, anything', () => {
    const shapes = [
      mesh(101).slice(0, 10_000),
      mesh(100),
      Array.from({ length: 10_000 }, (_, at) => ({ from: 0, to: at + 1 })),
      Array.from({ length: 10_000 }, (_, at) => ({ from: (at * 7919) % 97, to: (at * 104_729) % 89 })),
    ]
    for (const pairs of shapes) {
      const startMs = performance.now()
      expect(planRounds(pairs, nicOfEnd)).toHaveLength(pairs.length)
      expect(performance.now() - startMs).toBeLessThan(2000)
    }
  })
})
