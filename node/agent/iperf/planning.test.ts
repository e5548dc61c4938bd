import { expect, it } from 'vitest'
import { hostEnd } from '#core/iperf/testdata/world.ts'
import { MeshError } from '#core/model/errors.ts'
import { nameOf, refuse } from './planning.ts'

const ends = ['a', 'b', 'c'].map((name) => hostEnd(name))
const test = { from: 0, to: 1, round: 0 }

it('calls an exercise by what it measures', () => {
  expect(nameOf({ ends, tests: [test] }, 'pairs')).toBe('a → b')
  expect(nameOf({ ends, tests: [test, { ...test, to: 2 }] }, 'pairs')).toBe('2 pairs')
  expect(nameOf({ ends, tests: [test] }, 'mesh')).toBe('mesh of 3')
  expect(nameOf({ ends: [], tests: [] }, 'pairs')).toBe('')
})

it('tells several mistakes in one line that can be read', () => {
  const told = (...problems: readonly string[]): string => {
    try {
      refuse({ problems, unknown: [] })
    } catch (error) {
      return error instanceof MeshError ? error.message : ''
    }
    return 'nothing'
  }
  expect(told()).toBe('nothing')
  expect(told('one is wrong')).toBe('one is wrong')
  expect(told('one is wrong', 'two too')).toBe('one is wrong; two too')
  expect(told('no `tr9`. Did you mean `tr1`?', 'no `zz`.')).toBe('no `tr9`. Did you mean `tr1`? no `zz`.')
})
