import { describe, expect, it } from 'vitest'
import { combineSamples, MAX_INTERVALS, mergeIntervals, type SampleResult } from './combine.ts'

const sample = (receivedBps: number, more: Partial<SampleResult> = {}): SampleResult => ({
  receivedBps,
  sentBps: receivedBps + 1,
  isCpuBound: false,
  intervals: [{ atS: 0, bps: receivedBps }],
  ...more,
})
const intervals = (many: number) => Array.from({ length: many }, (_, at) => ({ atS: at, bps: at * 10, retransmits: 1 }))

describe('combineSamples', () => {
  it('hands one sample on', () => {
    expect(combineSamples([sample(100, { retransmits: 4 })])).toEqual({
      receivedBps: 100,
      sentBps: 101,
      retransmits: 4,
      isCpuBound: false,
      intervals: [{ atS: 0, bps: 100 }],
      retests: 0,
    })
  })

  it('takes the median, and the rest from the sample next to it', () => {
    const result = combineSamples([sample(300), sample(90, { jitterMs: 2 }), sample(100, { jitterMs: 1 })])
    expect(result).toMatchObject({
      receivedBps: 100,
      sentBps: 101,
      jitterMs: 1,
      samplesBps: [300, 90, 100],
      confidenceBps: 105,
    })
    const four = combineSamples([sample(10), sample(40), sample(20), sample(30)])
    expect(four).toMatchObject({ receivedBps: 25, sentBps: 31 - 10 })
  })

  it('says that a processor was full where it was so once', () => {
    expect(combineSamples([sample(1), sample(2, { isCpuBound: true }), sample(3)]).isCpuBound).toBe(true)
  })

  it('says what is beside the samples, and has no rate without any', () => {
    const idle = { minMs: 1, meanMs: 2, maxMs: 3 }
    expect(combineSamples([], { idle, retests: 1 })).toEqual({
      receivedBps: 0,
      sentBps: 0,
      isCpuBound: false,
      intervals: [],
      idle,
      retests: 1,
    })
  })

  it('keeps few intervals of a long test', () => {
    expect(combineSamples([sample(1, { intervals: intervals(3600) })]).intervals).toHaveLength(MAX_INTERVALS)
  })
})

describe('mergeIntervals', () => {
  it('draws neighbours together', () => {
    expect(mergeIntervals(intervals(5), 5)).toEqual(intervals(5))
    expect(mergeIntervals(intervals(5), 3)).toEqual([
      { atS: 0, bps: 5, retransmits: 2 },
      { atS: 2, bps: 25, retransmits: 2 },
      { atS: 4, bps: 40, retransmits: 1 },
    ])
    expect(mergeIntervals([{ atS: 0, bps: 1 }], 0)).toEqual([])
  })
})
