import { expect, it } from 'vitest'
import { lying, untidiness } from './tidiness.ts'

const points = (...all: readonly (readonly [string, number, number])[]) =>
  new Map(all.map(([id, x, y]) => [id, { x, y }]))
const square = points(['a', 0, 0], ['b', 200, 0], ['c', 200, 200], ['d', 0, 200])

it.each<[string, ReadonlyMap<string, { x: number; y: number }>, readonly string[], number]>([
  ['the sides of a square', square, ['ab', 'bc', 'cd', 'da'], 0],
  ['its diagonals cross', square, ['ac', 'bd'], 1],
  ['a cable through a node', points(['a', 0, 0], ['b', 100, 5], ['c', 200, 0]), ['ac', 'ab'], 3],
  ['two cables of the same nodes', square, ['ab', 'ab'], 0],
  ['what is not there, and a loop', square, ['az', 'aa'], 0],
])('%s', (_what, at, pairs, score) => {
  const segments = pairs.map(([from = '', to = '']) => ({ from, to }))
  expect(untidiness(at, segments)).toBe(score)
})

it('what stands is laid down, and as tidy as before', () => {
  const tall = points(['a', 0, 0], ['b', 50, 300], ['c', -50, 300])
  expect(lying(tall)).toEqual(points(['a', 0, 0], ['b', 300, 50], ['c', 300, -50]))
  expect(lying(lying(tall))).toEqual(lying(tall))
  expect(lying(new Map())).toEqual(new Map())
  const segments = ['ab', 'bc'].map(([from = '', to = '']) => ({ from, to }))
  expect(untidiness(lying(tall), segments)).toBe(untidiness(tall, segments))
})
