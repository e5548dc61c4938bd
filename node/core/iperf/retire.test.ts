import { expect, it } from 'vitest'
import { MAX_EXERCISES, MAX_TESTS } from '../model/iperf.ts'
import { retired } from './retire.ts'
import { exercise } from './testdata/exercise.ts'

const ended = (id: number, tests = 0) =>
  exercise({
    id,
    endedAtMs: 9,
    tests: Array.from({ length: tests }, (_, at) => ({ id: at, from: 0, to: 1, round: 0 })),
  })

it('keeps the newest exercises, and those that have not ended', () => {
  const all = Array.from({ length: MAX_EXERCISES + 3 }, (_, at) => ended(1000 - at))
  expect(retired(all)).toEqual(all.slice(MAX_EXERCISES))
  const runs = exercise({ id: 1 })
  expect(retired([...all.slice(0, MAX_EXERCISES), runs])).toEqual([])
})

it('keeps fewer of large ones', () => {
  const all = Array.from({ length: 8 }, (_, at) => ended(1000 - at, MAX_TESTS))
  expect(retired(all)).toEqual(all.slice(5))
  expect(retired([ended(9), ...all])).toEqual(all.slice(5))
})
