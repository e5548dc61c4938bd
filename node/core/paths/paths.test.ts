import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HostId } from '../model/ids.ts'
import { type Path, type PathEffect, Paths, type PathsConfig } from './paths.ts'

const CONFIG: PathsConfig = { probeMs: 250, lost: 3, good: 20 }
const TICK_MS = 50
const [A, B] = ['A' as HostId, 'B' as HostId]
const BOTH = ['primary', 'secondary'] as const

interface Wire {
  /** Milliseconds until the answer to a probe of A (or of B) is there; null where it is lost. */
  readonly trip: (path: Path, atMs: number, asker: HostId) => number | null
  /** Where A does not run at all. */
  readonly stall?: (atMs: number) => boolean
  readonly untilMs: number
}

interface Switch {
  readonly host: HostId
  readonly atMs: number
  readonly to: Path
  readonly reason: string
}

/** Two hosts that probe each other over a wire. */
const play = ({ trip, stall = () => false, untilMs }: Wire) => {
  const ends = { [A]: new Paths(CONFIG), [B]: new Paths(CONFIG) }
  const other = (host: HostId): HostId => (host === A ? B : A)
  const switches: Switch[] = []
  const conditions: PathEffect[] = []
  const flight: { dueMs: number; asker: HostId; path: Path; round: number }[] = []
  const take = (host: HostId, nowMs: number, effects: readonly PathEffect[]): void => {
    for (const effect of effects)
      if (effect.type === 'switched' && effect.from !== undefined)
        switches.push({ host, atMs: nowMs, to: effect.to, reason: effect.reason })
      else if (effect.type === 'condition') conditions.push(effect)
      else if (effect.type === 'probe')
        for (const path of BOTH) {
          const tripMs = trip(path, nowMs, host)
          if (tripMs !== null) flight.push({ dueMs: nowMs + tripMs, asker: host, path, round: effect.round })
        }
  }
  ends[A]?.setPeers([B])
  ends[B]?.setPeers([A])
  const last: Record<HostId, number> = { [A]: 0, [B]: 0 }
  for (let nowMs = TICK_MS; nowMs <= untilMs; nowMs += TICK_MS)
    for (const host of [A, B]) {
      if (host === A && stall(nowMs)) continue
      // As in a process: timers first, then what lies in the socket.
      const lagMs = nowMs - (last[host] ?? 0) - TICK_MS
      last[host] = nowMs
      take(host, nowMs, ends[host]?.tick({ nowMs, lagMs, chance: () => 0.5 }) ?? [])
      for (const one of flight.filter(({ dueMs, asker }) => asker === host && dueMs <= nowMs)) {
        flight.splice(flight.indexOf(one), 1)
        const answer = { host: other(host), path: one.path, round: one.round, told: ends[other(host)]?.own(host) }
        take(host, nowMs, ends[host]?.answered(answer, nowMs) ?? [])
      }
    }
  return { switches, conditions, a: ends[A], b: ends[B] }
}

describe('the path in use', () => {
  it('is undecided before the first answer, and the primary after it: no switch, no noise', () => {
    const paths = new Paths(CONFIG)
    paths.setPeers([B])
    expect(paths.chosen(B)).toBeUndefined()
    const { switches, conditions, a } = play({ trip: () => 2, untilMs: 60_000 })
    expect([switches, conditions, a?.chosen(B)]).toEqual([[], [], 'primary'])
    expect(a?.states(B)).toEqual({
      primary: { condition: 'good', rttMs: 50, loss: 0 },
      secondary: { condition: 'good', rttMs: 50, loss: 0 },
    })
  })

  it('is the secondary at both ends within 1.5 s of a cut, and the primary again after twenty answers', () => {
    const isCut = (path: Path, atMs: number): boolean => path === 'primary' && atMs > 10_000 && atMs <= 20_000
    const { switches, a, b } = play({ trip: (path, atMs) => (isCut(path, atMs) ? null : 2), untilMs: 30_000 })
    expect(switches.map(({ host, to }) => `${host} ${to}`).toSorted()).toEqual([
      'A primary',
      'A secondary',
      'B primary',
      'B secondary',
    ])
    expect(switches.find(({ host }) => host === A)?.reason).toBe(
      'no answer on the primary to 3 probes, the secondary answers',
    )
    expect(switches.some(({ reason }) => reason === 'the primary answered 20 probes in a row')).toBe(true)
    const [first = 0, second = 0, third = 0, fourth = 0] = switches.map(({ atMs }) => atMs)
    expect(Math.max(first, second)).toBeLessThan(11_500)
    expect(Math.min(third, fourth)).toBeGreaterThan(24_700)
    expect(Math.max(third, fourth)).toBeLessThan(26_500)
    expect([a?.chosen(B), b?.chosen(A)]).toEqual(['primary', 'primary'])
  })

  it('stays while neither path answers: a peer that is gone is no reason to prefer one', () => {
    const { switches } = play({ trip: (_, atMs) => (atMs > 5_000 && atMs < 30_000 ? null : 2), untilMs: 40_000 })
    expect(switches).toEqual([])
  })

  it('is the primary again where the secondary fails while it is in use', () => {
    const lost = (path: Path, atMs: number): boolean =>
      path === 'primary' ? atMs > 5_000 && atMs < 10_000 : atMs > 10_500
    const { switches, a, b } = play({ trip: (path, atMs) => (lost(path, atMs) ? null : 2), untilMs: 20_000 })
    expect(switches.filter(({ host }) => host === A).map(({ to }) => to)).toEqual(['secondary', 'primary'])
    expect([a?.chosen(B), b?.chosen(A)]).toEqual(['primary', 'primary'])
    expect(switches.findLast(({ host }) => host === A)?.atMs).toBeLessThan(12_500)
  })

  it('is waited for longer after each time that going back was too early', () => {
    // Ten seconds dead, six alive: alive just long enough to be trusted again.
    const { switches } = play({
      trip: (path, atMs) => (path === 'primary' && atMs % 16_000 < 10_000 ? null : 2),
      untilMs: 600_000,
    })
    expect(switches.filter(({ host }) => host === A).length).toBeLessThan(8)
  })

  it('is that of the other end, where only the other end sees a path fail', () => {
    const { a, b, switches } = play({
      trip: (path, atMs, asker) => (asker === B && path === 'primary' && atMs > 5_000 ? null : 2),
      untilMs: 20_000,
    })
    expect([a?.chosen(B), b?.chosen(A)]).toEqual(['secondary', 'secondary'])
    expect(switches.find(({ host }) => host === A)?.reason).toBe('the peer gets no answer on the primary')
    expect(switches).toHaveLength(2)
  })

  it('of a peer with one path is nothing at all', () => {
    const paths = new Paths(CONFIG)
    paths.setPeers([])
    expect(paths.tick({ nowMs: 0, lagMs: 0, chance: () => 0 })).toEqual([])
    expect([paths.chosen(B), paths.states(B)]).toEqual([undefined, undefined])
    expect(paths.answered({ host: B, path: 'primary', round: 1, told: 'secondary' }, 0)).toEqual([])
  })

  it('is not moved by an answer nobody asked for, or that comes twice', () => {
    const paths = new Paths(CONFIG)
    paths.setPeers([B])
    paths.tick({ nowMs: 0, lagMs: 0, chance: () => 0.5 })
    const answer = { host: B, path: 'primary', told: 'secondary' } as const
    for (const round of [0, 2, 77]) expect(paths.answered({ ...answer, round }, 10)).toEqual([])
    expect(paths.answered({ ...answer, round: 1 }, 3_000)).toEqual([])
    expect(paths.chosen(B)).toBeUndefined()
    paths.answered({ ...answer, round: 1, told: undefined }, 20)
    expect(paths.answered({ ...answer, round: 1 }, 20)).toEqual([])
  })
})

describe('a path that loses packets', () => {
  it('is told of once, as degraded, without a switch, and once when it is good again', () => {
    const odd = new Map<string, number>()
    const drop = (path: Path, atMs: number, asker: HostId): boolean => {
      if (path !== 'primary' || atMs < 20_000 || atMs > 60_000) return false
      odd.set(asker, (odd.get(asker) ?? 0) + 1)
      return (odd.get(asker) ?? 0) % 4 === 0
    }
    const { switches, conditions } = play({ trip: (...at) => (drop(...at) ? null : 2), untilMs: 120_000 })
    expect(switches).toEqual([])
    const ofB = conditions.filter(({ host }) => host === B)
    expect(ofB).toEqual([
      { type: 'condition', host: B, path: 'primary', from: 'good', to: 'degraded' },
      { type: 'condition', host: B, path: 'primary', from: 'degraded', to: 'good' },
    ])
  })

  it('never makes it flap: every other probe lost, no switch', () => {
    let at = 0
    const { switches } = play({
      trip: (path) => {
        if (path === 'secondary') return 2
        at += 1
        // Two askers take turns, so each loses every other one.
        return at % 4 < 2 ? null : 2
      },
      untilMs: 120_000,
    })
    expect(switches).toEqual([])
  })
})

it('time in which a host stood still is no loss, though one path had answered before and the other had not', () => {
  const trip = (path: Path): number => (path === 'primary' ? 20 : 90)
  const stall = (atMs: number): boolean => atMs > 2_000 && Math.floor(atMs / TICK_MS) % 12 > 1
  const { switches, conditions, a } = play({ trip, stall, untilMs: 30_000 })
  expect([switches, conditions, a?.states(B)?.secondary.loss]).toEqual([[], [], 0])
})

describe('properties', () => {
  it('a starved host, late in any pattern, accuses nobody', () => {
    const pattern = fc.array(
      fc.record({ runs: fc.integer({ min: 1, max: 40 }), stands: fc.integer({ min: 1, max: 60 }) }),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    fc.assert(
      fc.property(pattern, (steps) => {
        const at = steps.flatMap(({ runs, stands }) => [
          ...Array.from({ length: runs }, () => false),
          ...Array.from({ length: stands }, () => true),
        ])
        const stall = (atMs: number): boolean => at[(atMs / TICK_MS) % at.length] === true
        const { switches, conditions } = play({ trip: () => 20, stall, untilMs: 30_000 })
        expect([switches, conditions.filter((one) => one.type === 'condition' && one.to === 'lost')]).toEqual([[], []])
      }),
      { numRuns: 60 },
    )
  })

  it('late answers in any pattern are no loss of a path', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 5, maxLength: 30 }), (delays) => {
        let at = 0
        const trip = (): number => delays[(at++ * 7) % delays.length] ?? 0
        expect(play({ trip, untilMs: 30_000 }).switches).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('whatever is lost, both ends use the same path two seconds after it ends, and the primary in the end', () => {
    const loss = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(loss, (pattern) => {
        const endMs = pattern.length * 500
        const trip = (path: Path, atMs: number): number | null => {
          const [primary, secondary] = pattern[Math.floor((atMs - 1) / 500)] ?? [true, true]
          return (path === 'primary' ? primary : secondary) ? 2 : null
        }
        const soon = play({ trip, untilMs: endMs + 100_000 })
        expect([soon.a?.chosen(B), soon.b?.chosen(A)]).toEqual(['primary', 'primary'])
        // Hosts that do not hear each other cannot agree; then they do.
        const isHeard = pattern.every(([primary, secondary]) => primary || secondary)
        const now = play({ trip, untilMs: endMs + 2_000 })
        if (isHeard) expect(now.a?.chosen(B)).toBe(now.b?.chosen(A))
      }),
      { numRuns: 30 },
    )
  })
})
