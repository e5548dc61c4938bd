import { expect, it } from 'vitest'
import { probeSpaceMs } from './prober.ts'

it.each([
  [2, 500],
  [10, 500],
  [15, 750],
  [20, 1_000],
  [200, 1_000],
])('in a mesh of %i hosts a peer is probed every %i ms', (hosts, spaceMs) => {
  expect(probeSpaceMs(1_000, hosts)).toBe(spaceMs)
})
