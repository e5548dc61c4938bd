import { describe, expect, it } from 'vitest'
import { DEFAULT_PARAMS, type TaskEntry, type TestResult } from '../model/iperf.ts'
import { baselineOf, change, historyOf, judge, pairKey } from './judge.ts'
import { exercise, task, testsNow, told } from './testdata/exercise.ts'
import { hostEnd } from './testdata/world.ts'

describe('baselineOf', () => {
  const measures = (...rates: readonly number[]) => rates.map((bps, at) => ({ bps, atMs: at }))

  it('is the median of the newest ten, of three at least', () => {
    expect(baselineOf(measures(1, 2))).toBeUndefined()
    expect(baselineOf(measures(9, 1, 2))).toBe(2)
    expect(baselineOf(measures(1, 1, 1, 1, 1, 1, 1, 1, 1, 7, 7, 7, 7, 7, 7, 7, 7, 7))).toBe(7)
  })
})

it('warns below 80 % and is bad below 60 %', () => {
  expect([800, 799, 600, 599, 2000].map((bps) => judge(bps, 1000))).toEqual(['good', 'warn', 'warn', 'bad', 'good'])
  expect(judge(0, 0)).toBe('good')
})

it('tells what changed', () => {
  expect(change(undefined, 'good')).toBeUndefined()
  expect(change(undefined, 'bad')).toBe('TEST_BAD')
  expect(change('good', 'warn')).toBe('TEST_WARN')
  expect(change('bad', 'bad')).toBeUndefined()
  expect(change('bad', 'warn')).toBe('TEST_WARN')
  expect(change('warn', 'good')).toBe('TEST_RECOVERED')
})

it('compares tests of the same parameters, however often they measure', () => {
  const key = pairKey(DEFAULT_PARAMS)
  expect(pairKey({ ...DEFAULT_PARAMS, samples: 5 })).toBe(key)
  expect(pairKey(Object.fromEntries(Object.entries(DEFAULT_PARAMS).reverse()) as typeof DEFAULT_PARAMS)).toBe(key)
  expect(pairKey({ ...DEFAULT_PARAMS, parallel: 2 })).not.toBe(key)
  expect(pairKey({ ...DEFAULT_PARAMS, bitrateBps: 1000 })).not.toBe(key)
})

describe('historyOf', () => {
  const result = (receivedBps: number, more: Partial<TestResult> = {}): TestResult => ({
    receivedBps,
    sentBps: 0,
    isCpuBound: false,
    intervals: [],
    retests: 0,
    ...more,
  })
  const of = { from: hostEnd('a'), to: hostEnd('b'), params: DEFAULT_PARAMS }
  const now = (endedAtMs: number, one: TestResult, more: Partial<TaskEntry> = {}) =>
    testsNow(exercise(), [told('a', task(101, 'client', { state: 'succeeded', endedAtMs, result: one, ...more }))])
  const verdict = (bps: number, is: 'good' | 'warn' | 'bad') =>
    result(bps, { baseline: { bps: 1, ratio: 1, verdict: is } })

  it('has what was good or was not judged, newest first', () => {
    const tests = [
      ...now(1, result(10)),
      ...now(4, verdict(40, 'good')),
      ...now(2, verdict(20, 'bad')),
      ...now(3, verdict(30, 'warn')),
      ...now(5, result(50, { isPartial: true })),
      ...now(6, result(60), { state: 'canceled' }),
    ]
    expect(historyOf(tests, of)).toEqual([
      { bps: 40, atMs: 4 },
      { bps: 10, atMs: 1 },
    ])
  })

  it('has nothing of other pairs, the way back or other parameters', () => {
    const tests = now(1, result(10))
    expect(historyOf(tests, { ...of, from: of.to, to: of.from })).toEqual([])
    expect(historyOf(tests, { ...of, to: hostEnd('c') })).toEqual([])
    expect(historyOf(tests, { ...of, params: { ...DEFAULT_PARAMS, protocol: 'udp' } })).toEqual([])
    expect(historyOf(tests, { ...of, params: { ...DEFAULT_PARAMS, samples: 3 } })).toHaveLength(1)
  })
})
