import { expect, test } from 'vitest'
import type { HostId } from '../model/ids.ts'
import { Tunnels } from './tunnels.ts'

const b = 'b' as HostId
const inUse = (nowMs = 0): Tunnels => {
  const tunnels = new Tunnels()
  tunnels.setPeers(new Set([b]), nowMs)
  return tunnels
}
/** Probes until `untilMs`, every 500 ms; those `answers` takes come back at once. */
const run = (tunnels: Tunnels, [fromMs, untilMs]: readonly [number, number], answers: (round: number) => boolean) => {
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += 500)
    for (const probe of tunnels.tick(nowMs, 0)) if (answers(probe.round)) tunnels.answered(probe, nowMs)
}

test('a tunnel that answers now and then is not silent', () => {
  const tunnels = inUse()
  run(tunnels, [0, 60_000], (round) => round % 4 === 0)
  expect(tunnels.isSilent(b, 60_000)).toBe(false)
})

test('a tunnel is silent after four probes without an answer, until the next answer', () => {
  const tunnels = inUse()
  run(tunnels, [0, 10_000], () => true)
  run(tunnels, [10_500, 14_000], () => false)
  expect(tunnels.isSilent(b, 14_000)).toBe(false)
  expect(tunnels.isSilent(b, 14_500)).toBe(true)
  run(tunnels, [14_500, 15_500], () => true)
  expect(tunnels.isSilent(b, 15_500)).toBe(false)
})

test('one that never answered is silent too', () => {
  const tunnels = inUse(1_000)
  run(tunnels, [1_000, 6_000], () => false)
  expect(tunnels.isSilent(b, 6_000)).toBe(true)
})

test('the time this host stood still is not counted', () => {
  const tunnels = inUse()
  tunnels.tick(0, 0)
  tunnels.tick(60_000, 59_500)
  expect(tunnels.isSilent(b, 60_000)).toBe(false)
})

test('answers to what was never asked, or long ago, say nothing', () => {
  const tunnels = inUse()
  run(tunnels, [0, 20_000], () => false)
  for (const round of [99, 1]) tunnels.answered({ host: b, round }, 20_000)
  expect(tunnels.isSilent(b, 20_000)).toBe(true)
})

test('tunnels not in use are neither probed nor silent', () => {
  const tunnels = inUse()
  tunnels.setPeers(new Set(), 1_000)
  expect(tunnels.tick(9_000, 0)).toEqual([])
  expect(tunnels.isSilent(b, 9_000)).toBe(false)
})
