import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HARMS, isLasting } from './chaos-harms.ts'
import { momentText, planChaos, touched } from './chaos-plan.ts'

const hosts = ['x1', 'x2', 'x3', 'x4']
const plan = (seed: number, round = 0, seconds = 75) => planChaos({ seed, round, hosts, seconds })

describe('what is done in a round', () => {
  test('is the same for the same seed and round, and another for others', () => {
    expect(plan(7, 3)).toEqual(plan(7, 3))
    expect(plan(7, 3)).not.toEqual(plan(7, 4))
    expect(plan(7, 3)).not.toEqual(plan(8, 3))
    for (const moment of plan(7))
      expect(momentText(moment)).toMatch(/^\d+\.\d s: [a-z-]+ x\d( x\d)?( for \d+\.\d s)? \(\d\.\d{3}\)$/)
  })

  test('is of every kind in the long run', () => {
    const seen = new Set(
      Array.from({ length: 20 }, (_, round) => plan(1, round))
        .flat()
        .map(({ type }) => type),
    )
    expect([...seen].sort()).toEqual(Object.keys(HARMS).sort())
  })

  test('lasts in no second round', () => {
    expect(plan(3, 1).filter(({ type }) => isLasting(type))).toEqual([])
    expect(plan(3, 2).filter(({ type }) => isLasting(type))).not.toEqual([])
  })

  test('ends in time, and leaves each host in one lasting harm at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 5, max: 120 }), (seed, seconds) => {
        const moments = plan(seed, 0, seconds)
        for (const one of moments) {
          expect(one.atMs + one.forMs).toBeLessThanOrEqual(seconds * 1_000)
          if (!isLasting(one.type)) continue
          const during = moments.filter((other) => {
            const meets = other.atMs < one.atMs + one.forMs && one.atMs < other.atMs + other.forMs
            return other !== one && isLasting(other.type) && meets
          })
          const others = new Set(during.flatMap(touched))
          expect(touched(one).filter((host) => others.has(host))).toEqual([])
          if (one.type === 'power-off') expect(during.map(({ type }) => type)).not.toContain('power-off')
        }
      }),
      { numRuns: 30 },
    )
  })
})
