import { describe, expect, it } from 'vitest'
import type { TestView } from '#agent/port-iperf.ts'
import { DEFAULT_PARAMS } from '#core/model/iperf.ts'
import { begun, over, pendingTest, resultOf } from '#testing/fake-iperf-samples.ts'
import { cellOfTest, cellsOfMatrix, cellsOfTests, placeOf } from './cells.ts'

const made = (id = 1, pair = { source: 'a', destination: 'b' }): TestView =>
  pendingTest(9, { id, ...pair, round: 0 }, DEFAULT_PARAMS)
const ended = (bps: number, verdict?: 'good' | 'warn' | 'bad', id = 1): TestView =>
  over(begun(made(id), 1), { state: 'succeeded', atMs: 2, result: resultOf(bps, DEFAULT_PARAMS, verdict) })

describe('places of a matrix', () => {
  it('what was measured and has nothing to be compared with is neither good nor bad nor unknown', () => {
    expect(cellOfTest(ended(940e6))).toMatchObject({
      tone: 'plain',
      text: '940 Mbit/s',
      arrow: '',
      test: 1,
      exercise: 9,
    })
  })

  it('a verdict is a tone, an arrow and words', () => {
    expect(cellOfTest(ended(940e6, 'good'))).toMatchObject({ tone: 'ok', arrow: '→' })
    expect(cellOfTest(ended(310e6, 'bad'))).toMatchObject({
      tone: 'error',
      arrow: '↓',
      words: '310 Mbit/s, 67 % below what is usual, much slower than usual',
    })
  })

  it('what is not known is never called bad, and what failed never unknown', () => {
    expect(cellOfTest(made())).toMatchObject({ tone: 'unknown', text: 'pending' })
    expect(cellOfTest(begun(made(), 1))).toMatchObject({ tone: 'busy', text: 'running' })
    const canceled = over(made(), { state: 'canceled', atMs: 2 })
    expect(cellOfTest(canceled)).toMatchObject({ tone: 'unknown', text: 'canceled' })
    const failed = over(begun(made(), 1), { state: 'failed', atMs: 2, error: 'host b is down' })
    expect(cellOfTest(failed)).toMatchObject({ tone: 'error', text: 'failed', words: 'failed: host b is down' })
  })

  it('what was stopped shows how far it came, and that it was', () => {
    const result = resultOf(500e6, DEFAULT_PARAMS)
    const cell = cellOfTest(over(begun(made(), 1), { state: 'canceled', atMs: 2, result }))
    expect(cell).toMatchObject({ tone: 'unknown', text: '500 Mbit/s' })
    expect(cell.words).toContain('canceled before its time')
  })

  it('what failed is not made good by how far it came', () => {
    const result = resultOf(10e6, DEFAULT_PARAMS)
    const cell = cellOfTest(over(begun(made(), 1), { state: 'failed', atMs: 2, error: 'host b is down', result }))
    expect(cell).toMatchObject({ tone: 'error', text: 'failed', words: 'failed: host b is down; 10 Mbit/s until then' })
  })

  it('a ping shows its round trip', () => {
    const result = resultOf(0, DEFAULT_PARAMS)
    const ping = {
      ...over(made(), { state: 'succeeded', atMs: 2, result }),
      params: { ...DEFAULT_PARAMS, tool: 'ping' as const },
    }
    expect(cellOfTest(ping).text).toBe('0.4 ms')
  })

  it('of two tests of a pair the one that began is shown, of two of those the later', () => {
    const shown = (...tests: TestView[]) => cellsOfTests(tests).get(placeOf('a', 'b'))?.test
    expect(shown(ended(1e6, 'good', 1), ended(2e6, 'good', 2))).toBe(2)
    expect(shown(ended(1e6, 'good', 1), made(2))).toBe(1)
  })

  it('the newest of all exercises', () => {
    const cells = cellsOfMatrix([
      {
        source: 'a',
        destination: 'b',
        exercise: 3,
        test: 4,
        state: 'succeeded',
        atMs: 1,
        receivedBps: 1e9,
        verdict: 'warn',
        ratio: 0.75,
      },
      { source: 'b', destination: 'a', exercise: 3, test: 5, state: 'failed', atMs: 1, error: 'no route' },
    ])
    expect(cells.get(placeOf('a', 'b'))).toMatchObject({
      tone: 'warn',
      text: '1 Gbit/s',
      arrow: '↓',
      exercise: 3,
      test: 4,
    })
    expect(cells.get(placeOf('b', 'a'))).toMatchObject({ tone: 'error', words: 'failed: no route' })
  })
})
