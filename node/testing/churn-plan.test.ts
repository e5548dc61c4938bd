import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { disturbanceText, EVERY_S, hostsOf, planChurn } from './churn-plan.ts'

const hosts = ['c1', 'c2', 'c3', 'c4', 'c5']
const voters = hosts.slice(0, 3)
const plan = (seed: number, seconds = 600) => planChurn({ seed, hosts, voters, seconds })

describe('a plan of faults', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(plan(7)).toEqual(plan(7))
    expect(plan(7)).not.toEqual(plan(8))
    expect(plan(7).map(disturbanceText)[0]).toMatch(/^0 s: [a-z-]+ c\d( c\d)? for \d+ s$/)
  })

  test('has every kind, nearly every two seconds, and leaves a majority of the voters most of the time', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const faults = plan(seed)
        expect(new Set(faults.map(({ fault }) => fault.type)).size).toBe(5)
        expect(faults.length).toBeGreaterThan((600 / EVERY_S) * 0.6)
        const standing = Array.from({ length: 600 }, (_, atS) => {
          const whole = faults.filter(({ fromS, untilS, fault }) => fromS <= atS && untilS > atS && !('other' in fault))
          return whole.filter(({ fault }) => voters.includes(fault.host)).length <= 1
        })
        const share = standing.filter(Boolean).length / 600
        expect(share).toBeGreaterThan(0.7)
        expect(share).toBeLessThan(1)
      }),
      { numRuns: 50 },
    )
  })

  test('puts no host into two faults at once, and ends each in time', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 10, max: 120 }), (seed, seconds) => {
        const faults = plan(seed, seconds)
        for (let atS = 0; atS < seconds; atS += 1) {
          const busy = faults.filter(({ fromS, untilS }) => fromS <= atS && untilS > atS)
          const touched = busy.flatMap(({ fault }) => hostsOf(fault))
          expect(new Set(touched).size).toBe(touched.length)
          expect(busy.filter(({ fault }) => fault.type === 'power-off').length).toBeLessThanOrEqual(1)
        }
        for (const { fromS, untilS } of faults) expect(fromS < untilS && untilS <= seconds).toBe(true)
      }),
      { numRuns: 50 },
    )
  })
})
