import { expect, test } from 'vitest'
import { playBatch } from './batch.ts'
import { KINDS } from './counts.ts'

// Half of the schedules; the other half is a file of its own, so that two processors share them.

test('1000 seeded schedules break no invariant, and meet everything they are to meet', () => {
  const failures: string[] = []
  const counts = playBatch({ first: 1, runs: 1000, step: 1 }, ({ seed, violation, scenario, tail }) => {
    failures.push([`seed ${seed}: ${violation}`, scenario, ...tail].join('\n'))
  })
  expect(failures.slice(0, 3)).toEqual([])
  expect(KINDS.filter((kind) => counts.of(kind) === 0)).toEqual([])
})
