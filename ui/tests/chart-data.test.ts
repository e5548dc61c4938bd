import { describe, expect, it } from 'vitest'
import { DEFAULT_PARAMS } from '#core/model/iperf.ts'
import { over, pendingTest, resultOf } from '#testing/fake-iperf-samples.ts'
import { chartWords, columnsOf, readAt, seriesOfExercise, seriesOfLive, seriesOfTest } from './chart-data.ts'

const rate = {
  name: 'now',
  type: 'rate' as const,
  points: [
    { x: 0, y: 1e6 },
    { x: 2, y: 3e6 },
  ],
}
const before = { name: 'before', type: 'rate' as const, points: [{ x: 1, y: 2e6 }] }
const result = resultOf(100e6, DEFAULT_PARAMS)

describe('charts', () => {
  it('have one column of x for all, and gaps where a series has nothing', () => {
    expect(columnsOf([rate, before])).toEqual([
      [0, 1, 2],
      [1e6, null, 3e6],
      [null, 2e6, null],
    ])
    expect(columnsOf([])).toEqual([[]])
  })

  it('show retransmits only where there were some', () => {
    const some = {
      ...result,
      intervals: [
        { atS: 0, bps: 1, retransmits: 3 },
        { atS: 1, bps: 2, retransmits: 0 },
      ],
    }
    const none = { ...result, intervals: [{ atS: 0, bps: 1, retransmits: 0 }] }
    expect(seriesOfTest({ result: some }).map(({ type }) => type)).toEqual(['rate', 'many'])
    expect(seriesOfTest({ result: none }).map(({ type }) => type)).toEqual(['rate'])
  })

  it('tests that run are lines by whole seconds', () => {
    const intervals = [
      { atS: 0, bps: 1e6 },
      { atS: 1.06, bps: 2e6 },
    ]
    const [line] = seriesOfLive([{ test: 7, source: 'a', destination: 'b', intervals }])
    expect(line).toEqual({
      name: 'a → b',
      type: 'rate',
      points: [
        { x: 0, y: 1e6 },
        { x: 1, y: 2e6 },
      ],
    })
  })

  it('tests are points where they ended', () => {
    const made = pendingTest(1, { id: 2, source: 'a', destination: 'b', round: 0 }, DEFAULT_PARAMS)
    const ended = over(made, { state: 'succeeded', atMs: 5_000, result })
    expect(seriesOfExercise({ all: [made, ended, ended] })[0]?.points).toEqual([
      { x: 5, y: 100e6 },
      { x: 5.001, y: 100e6 },
    ])
  })

  it('are said in words, as a whole and at a place', () => {
    expect(chartWords([rate], 'test')).toBe('now: 2 values, least 1 Mbit/s, most 3 Mbit/s, second by second')
    expect(chartWords([{ ...rate, points: [] }], 'day')).toContain('nothing yet')
    expect(readAt([rate, before], 1, 'test')).toBe('1 s · before 2 Mbit/s')
    expect(readAt([rate], 9, 'test')).toBe('')
  })
})
