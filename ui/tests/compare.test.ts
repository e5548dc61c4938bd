import { describe, expect, it } from 'vitest'
import type { TestView } from '#agent/port-iperf.ts'
import { DEFAULT_PARAMS } from '#core/model/iperf.ts'
import { over, pendingTest, resultOf } from '#testing/fake-iperf-samples.ts'
import { cellOfCompared, compare } from './compare.ts'

const test = (id: number, [source, destination]: readonly [string, string], bps?: number): TestView => {
  const made = pendingTest(1, { id, source, destination, round: 0 }, DEFAULT_PARAMS)
  if (bps === undefined) return over(made, { state: 'failed', atMs: 1 })
  return over(made, { state: 'succeeded', atMs: 1, result: resultOf(bps, DEFAULT_PARAMS) })
}
const cell = (before: number | undefined, after: number | undefined) => {
  const [pair] = compare([test(1, ['a', 'b'], before)], [test(2, ['a', 'b'], after)])
  return pair === undefined ? undefined : cellOfCompared(pair)
}

describe('two exercises', () => {
  it('have all pairs of both', () => {
    const pairs = compare([test(1, ['a', 'b'], 1e6)], [test(2, ['a', 'b'], 2e6), test(3, ['b', 'a'], 1e6)])
    expect(pairs.map(({ before, after }) => [before?.id, after?.id])).toEqual([
      [1, 2],
      [undefined, 3],
    ])
  })

  it('a test that failed later does not hide a result', () => {
    const [pair] = compare([test(1, ['a', 'b'], 1e6), test(2, ['a', 'b'])], [])
    expect(pair?.before?.id).toBe(1)
  })

  it('differ by so much, in so many words', () => {
    expect(cell(100e6, 102e6)).toMatchObject({ text: 'same', tone: 'ok' })
    expect(cell(100e6, 150e6)).toMatchObject({ text: '+50 %', tone: 'ok', arrow: '↑' })
    expect(cell(100e6, 90e6)).toMatchObject({ text: '−10 %', tone: 'plain', arrow: '↓' })
    expect(cell(100e6, 70e6)).toMatchObject({ tone: 'warn' })
    expect(cell(100e6, 50e6)).toMatchObject({ tone: 'error', words: '50 % slower: 100 Mbit/s before, 50 Mbit/s now' })
    expect(cell(0, 50e6)).toMatchObject({ text: 'from 0', tone: 'ok' })
    expect(cell(0, 0)).toMatchObject({ text: 'same' })
  })

  it('what was stopped before its time is not called worse', () => {
    const [pair] = compare([test(1, ['a', 'b'], 100e6)], [test(2, ['a', 'b'], 10e6)])
    const { after } = pair ?? {}
    if (pair === undefined || after?.result === undefined) throw new Error('there is a pair with a result')
    const cut = cellOfCompared({ ...pair, after: { ...after, result: { ...after.result, isPartial: true } } })
    expect(cut).toMatchObject({ tone: 'unknown', text: '−90 %' })
    expect(cut.words).toContain('stopped before its time')
  })

  it('what only one has is unknown, not worse', () => {
    expect(cell(undefined, 50e6)).toMatchObject({ tone: 'unknown', words: 'only now: 50 Mbit/s' })
    expect(cell(50e6, undefined)).toMatchObject({ tone: 'unknown', words: 'only before: 50 Mbit/s' })
    expect(cell(undefined, undefined)).toMatchObject({ tone: 'unknown', words: 'no result' })
  })
})
