import { expect, it } from 'vitest'
import { type CellSource, matrixOf } from './matrix.ts'

const result = { receivedBps: 5, sentBps: 6, isCpuBound: false, intervals: [], retests: 0 }
const test = (id: number, pair: string, more: Partial<CellSource> = {}): CellSource => ({
  id,
  exercise: id * 10,
  source: pair[0] ?? '',
  destination: pair[1] ?? '',
  state: 'succeeded',
  client: { endedAtMs: id },
  result,
  ...more,
})
const { result: _, ...bare } = test(0, '  ')
const failed = (id: number, pair: string): CellSource => ({
  ...bare,
  id,
  source: pair[0] ?? '',
  destination: pair[1] ?? '',
  state: 'failed',
  error: 'no route',
})

it('has the newest result of each pair, in each direction', () => {
  const { ends, cells } = matrixOf([test(3, 'ba'), test(2, 'ab'), test(9, 'ab'), test(4, 'ab'), test(1, 'bc')])
  expect(ends).toEqual(['a', 'b', 'c'])
  expect(cells.map(({ source, destination, test: id }) => [source, destination, id]).toSorted()).toEqual([
    ['a', 'b', 9],
    ['b', 'a', 3],
    ['b', 'c', 1],
  ])
})

it('prefers an older result to a newer failure, and tells of a failure where there is nothing else', () => {
  expect(matrixOf([test(1, 'ab'), failed(2, 'ab')]).cells).toMatchObject([{ test: 1, receivedBps: 5 }])
  expect(matrixOf([failed(2, 'ab'), test(1, 'ab')]).cells).toMatchObject([{ test: 1 }])
  const [cell] = matrixOf([failed(1, 'ab'), failed(2, 'ab')]).cells
  expect(cell).toMatchObject({ test: 2, state: 'failed', error: 'no route' })
  expect(cell).not.toHaveProperty('receivedBps')
})

it('says how a result was judged', () => {
  const baseline = { bps: 10, ratio: 0.5, verdict: 'bad' } as const
  expect(matrixOf([test(1, 'ab', { result: { ...result, baseline } })]).cells).toMatchObject([
    { verdict: 'bad', ratio: 0.5, atMs: 1 },
  ])
})

it('knows no rate of a pair that was only pinged, and prefers one that was measured', () => {
  const pinged = test(5, 'ab', { params: { tool: 'ping' } })
  expect(matrixOf([pinged]).cells).toMatchObject([{ test: 5, atMs: 5 }])
  expect(matrixOf([pinged]).cells[0]).not.toHaveProperty('receivedBps')
  expect(matrixOf([test(1, 'ab'), pinged]).cells).toMatchObject([{ test: 1, receivedBps: 5 }])
})
