import { describe, expect, test } from 'vitest'
import type { HostId } from '../model/ids.ts'
import { EDITION } from '../state/edition.ts'
import type { Effect } from './effect.ts'
import { Presence } from './presence.ts'

const NOBODY = { host: null, term: 0, epoch: 1 } as const

/** A host `self` whose peers are linked and heard at 0; `run` keeps those named alive. */
const bench = (self: string, peers: readonly string[]) => {
  let nowMs = 0
  const presence = new Presence({ self: self as HostId, version: '1', nowMs, random: () => 0.5 })
  const at = () => ({ nowMs, wallMs: nowMs })
  presence.membership.setHosts(peers as readonly HostId[], nowMs)
  for (const host of peers as readonly HostId[]) presence.handle({ type: 'peer', host, connected: true }, at())
  const run = (ms: number, alive: readonly string[]): readonly Effect[] => {
    const effects: Effect[] = []
    for (const untilMs = nowMs + ms; nowMs < untilMs; ) {
      nowMs += 100
      for (const host of alive as readonly HostId[]) presence.handle({ type: 'probe', host }, at())
      effects.push(...presence.tick(at(), peers.length, NOBODY))
    }
    return effects
  }
  return { presence, at, run, asks: (ms: number, alive: readonly string[]) => run(ms, alive).filter(isAsk) }
}

const isAsk = (effect: Effect): effect is Extract<Effect, { type: 'ask' }> => effect.type === 'ask'

describe('questions about a host', () => {
  test('go to the three that follow the asker, twice a second, and never to hosts in doubt', () => {
    const { asks } = bench('c', ['a', 'b', 'd', 'e', 'f'])
    const asked = asks(3_000, ['a', 'b', 'e', 'f'])
    expect(asked.every(({ about, peers }) => about === 'd' && peers.join('') === 'efa')).toBe(true)
    // In doubt from 1.2 s on, suspected from 1.8 s.
    expect(asked.length).toBeGreaterThanOrEqual(3)
    expect(asked.length).toBeLessThanOrEqual(5)
  })

  test('are asked at the first tick after its connection closed and was refused', () => {
    const { presence, at, run, asks } = bench('c', ['a', 'b'])
    run(1_000, ['a', 'b'])
    presence.handle({ type: 'peer', host: 'b' as HostId, connected: false }, at())
    expect(presence.handle({ type: 'refused', host: 'b' as HostId }, at())).toMatchObject([
      { type: 'notice', code: 'HOST_STATE', fields: { from: 'alive', to: 'suspect' } },
    ])
    expect(asks(100, ['a'])).toEqual([{ type: 'ask', about: 'b', peers: ['a'] }])
  })

  test('are about twelve hosts at a time, where many are silent, and about all in turn', () => {
    const silent = Array.from({ length: 30 }, (_, i) => `s${String(i).padStart(2, '0')}`)
    const { run, asks } = bench('a', ['b', ...silent])
    run(1_800, ['b'])
    const rounds = Map.groupBy(asks(3_000, ['b']).entries(), ([at]) => Math.floor(at / 12))
    for (const round of rounds.values()) expect(new Set(round.map(([, { about }]) => about)).size).toBe(12)
    const about = [...rounds.values()].flat().map(([, ask]) => ask.about)
    expect(new Set(about).size).toBe(30)
  })

  test('nobody is asked where all is well', () => {
    expect(bench('a', ['b', 'c']).asks(5_000, ['b', 'c'])).toEqual([])
  })
})

describe('a heartbeat', () => {
  test.each([
    ['what is usual is not told', 1_500, undefined, 1_500],
    ['jumbo frames', 9_000, 9_000, 9_000],
    ['less than usual', 1_400, 1_400, 1_400],
    ['a host that cannot say', undefined, undefined, 1_500],
  ])('tells what its network carries: %s', (_what, underlayMtuBytes, told, known) => {
    const { presence, at, run } = bench('a', ['b'])
    const facts = { type: 'facts', cpuFree: 1, memFreeMiB: 2, isStarved: false } as const
    presence.handle({ ...facts, ...(underlayMtuBytes === undefined ? {} : { underlayMtuBytes }) }, at())
    const bodies = run(3_000, ['b']).flatMap((effect) => (effect.type === 'publish' ? [effect.draft.body] : []))
    expect(bodies[0]).toEqual({ v: '1', log: EDITION, cpu: 100, mem: 2, ...(told === undefined ? {} : { mtu: told }) })
    expect(presence.underlayMtuBytes).toBe(known)
  })
})

test('a heartbeat tells what the host has, and what of it may be promised where that is not the usual', () => {
  const { presence, at, run } = bench('a', ['b'])
  const facts = { type: 'facts', cpuFree: 1, memFreeMiB: 2, isStarved: false, total: { cpu: 400, mem: 8_000 } } as const
  const told = () => run(1_200, ['b']).flatMap((effect) => (effect.type === 'publish' ? [effect.draft.body] : []))
  presence.handle({ ...facts, percent: { cpu: 400, mem: 100 } }, at())
  expect(told()).toContainEqual({ v: '1', log: EDITION, cpu: 100, mem: 2, all: [400, 8_000] })
  presence.handle({ ...facts, percent: { cpu: 100, mem: 50 } }, at())
  expect(told()).toContainEqual({ v: '1', log: EDITION, cpu: 100, mem: 2, all: [400, 8_000], over: [100, 50] })
})

describe('a host without a free processor', () => {
  const facts = (isStarved: boolean) => ({ type: 'facts', cpuFree: 0, memFreeMiB: 1, isStarved }) as const
  const told = (effects: readonly Effect[]) =>
    effects.flatMap((effect) => (effect.type === 'publish' ? [effect.draft.body] : []))

  test('says so in its heartbeats, and no longer once it has one', () => {
    const { presence, at, run } = bench('a', ['b'])
    presence.handle(facts(true), at())
    expect(told(run(1_200, ['b']))).toContainEqual({ v: '1', log: EDITION, cpu: 0, mem: 1, starved: true })
    presence.handle(facts(false), at())
    expect(told(run(1_200, ['b']))).toEqual([{ v: '1', log: EDITION, cpu: 0, mem: 1 }])
  })

  test('is waited for longer by those who heard that, and waits longer itself', () => {
    for (const who of ['self', 'peer']) {
      const { presence, at, run } = bench('a', ['b', 'c'])
      if (who === 'self') presence.handle(facts(true), at())
      else presence.beat('b' as HostId, { starved: true }, 0)
      run(4_000, ['c'])
      expect(presence.membership.of('b' as HostId)?.state).toBe('alive')
      run(3_000, ['c'])
      expect(presence.membership.of('b' as HostId)?.state).toBe('suspect')
    }
  })
})
