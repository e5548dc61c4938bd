import { describe, expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import { PresenceWorld, type Verdict } from './presence-world.ts'

const SEEDS = Array.from({ length: 5 }, (_, i) => i + 1)
const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'] as unknown as readonly [HostId, HostId, HostId, HostId, HostId]

const downs = (world: PresenceWorld): readonly Verdict[] => world.verdicts.filter(({ to }) => to === 'down')
/** Verdicts by and about the others. */
const slander = (world: PresenceWorld, ...except: readonly HostId[]): readonly Verdict[] =>
  downs(world).filter(({ about }) => !except.includes(about))

describe.each(SEEDS)('hosts that watch each other, seed %i', (seed) => {
  const five = (more: { readonly loss?: number; readonly drift?: number } = {}): PresenceWorld =>
    new PresenceWorld({ seed, hosts: 5, ...more }).run(5_000)

  test('a killed agent is down at all others within 1.6 s, and nobody else is', () => {
    const world = five()
    const fromMs = world.nowMs
    world.kill(c).run(10_000)
    const atMs = world.downAtMs(c, [a, b, d, e], fromMs) ?? Number.POSITIVE_INFINITY
    expect(atMs - fromMs).toBeGreaterThan(1_100)
    expect(atMs - fromMs).toBeLessThan(1_600)
    expect(slander(world, c)).toEqual([])
  })

  test.each([5, 25, 60])(
    'a host stopped for %i s is down at all others within 2.8 s, accuses nobody, and is heard again in 2 s',
    (s) => {
      const world = five()
      const fromMs = world.nowMs
      world.stop(c, s * 1_000).run(s * 1_000)
      expect((world.downAtMs(c, [a, b, d, e], fromMs) ?? Number.POSITIVE_INFINITY) - fromMs).toBeLessThan(2_800)
      world.run(2_000)
      for (const host of [a, b, d, e]) {
        expect(world.belief(host, c).state).toBe('alive')
        expect(world.belief(c, host)).toMatchObject({ state: 'alive', reason: '' })
      }
      expect(slander(world, c)).toEqual([])
    },
  )

  test('a host that is cut off is down within 2.8 s there, and calls the others down late, as it cannot ask', () => {
    const world = five()
    const fromMs = world.nowMs
    const others = [a, b, d, e]
    world.cut([c], others).cut(others, [c]).run(20_000)
    expect((world.downAtMs(c, others, fromMs) ?? Number.POSITIVE_INFINITY) - fromMs).toBeLessThan(2_800)
    expect(
      downs(world)
        .filter(({ by }) => by === c)
        .every(({ atMs }) => atMs - fromMs > 6_000),
    ).toBe(true)
    world.heal().run(5_000)
    for (const host of others)
      expect([world.belief(host, c).state, world.belief(c, host).state]).toEqual(['alive', 'alive'])
    expect(slander(world, c).filter(({ by }) => by !== c)).toEqual([])
  })

  test('a one-way cut is no verdict: both hosts stay alive, heard through others only', () => {
    const world = five()
    world.cut([a], [b]).run(120_000)
    expect(downs(world)).toEqual([])
    expect(world.belief(a, b)).toMatchObject({ state: 'alive', reason: 'heard through other hosts only' })
    expect(world.belief(b, a)).toMatchObject({ state: 'alive', reason: 'heard through other hosts only' })
    world.heal().run(3_000)
    expect([world.belief(a, b).reason, world.belief(b, a).reason]).toEqual(['', ''])
  })

  test.each([1, 5, 20])(
    '%i % of all packets lost: nobody is called down in five minutes, a killed one still is',
    (percent) => {
      const world = five({ loss: percent / 100 }).run(300_000)
      expect(downs(world)).toEqual([])
      const fromMs = world.nowMs
      world.kill(c).run(15_000)
      expect((world.downAtMs(c, [a, b, d, e], fromMs) ?? Number.POSITIVE_INFINITY) - fromMs).toBeLessThan(10_000)
    },
  )

  test('all starved at once, for pauses of up to a second: nobody is called down in five minutes', () => {
    const world = five({ drift: 0.05 })
    for (const host of world.hosts) world.starve(host, 1_000)
    expect(downs(world.run(300_000))).toEqual([])
  })

  test('one starved, for pauses of up to 1.5 s: it is not called down, and calls nobody so', () => {
    const world = five()
    world.starve(b, 1_500).run(300_000)
    expect(downs(world)).toEqual([])
    world.starve(b, 0).run(60_000)
    const fromMs = world.nowMs
    world.stop(b, 20_000).run(15_000)
    expect((world.downAtMs(b, [a, c, d, e], fromMs) ?? Number.POSITIVE_INFINITY) - fromMs).toBeLessThan(6_000)
  })

  test('of two hosts that can ask nobody the other knows as well, later', () => {
    const world = new PresenceWorld({ seed, hosts: 2 }).run(5_000)
    world.kill(b).run(2_500)
    expect(world.belief(a, b).state).toBe('suspect')
    expect(world.run(1_500).belief(a, b).state).toBe('down')
  })

  test('of many that die at once all are known', () => {
    const world = new PresenceWorld({ seed, hosts: 20 }).run(5_000)
    const [first, ...rest] = world.hosts
    const dead = rest.slice(0, 15)
    const left = world.hosts.filter((host) => !dead.includes(host))
    const fromMs = world.nowMs
    for (const host of dead) world.stop(host, 1_000_000)
    world.run(12_000)
    for (const host of dead) expect(world.downAtMs(host, left, fromMs), `${host} at ${first}`).not.toBeNull()
    expect(slander(world, ...dead)).toEqual([])
  })
})
