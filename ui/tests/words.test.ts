import { describe, expect, it } from 'vitest'
import { DEFAULT_PARAMS } from '#core/model/iperf.ts'
import { bytesText, changeOf, durationText, exerciseBadge, overOf, paramsText, verdictBadge } from './words.ts'

const NONE = { pending: 0, accepted: 0, running: 0, succeeded: 0, failed: 0, timed_out: 0, canceled: 0 }

describe('words of tests', () => {
  it('an exercise is right only where all of it was measured', () => {
    const of = (states: Partial<typeof NONE>) => exerciseBadge({ state: 'ended', states: { ...NONE, ...states } })
    expect(of({ succeeded: 4 })).toEqual({ tone: 'ok', word: 'ended' })
    expect(of({ succeeded: 3, failed: 1, timed_out: 1 })).toEqual({ tone: 'error', word: 'ended, 2 failed' })
    expect(of({ succeeded: 3, canceled: 1 })).toEqual({ tone: 'unknown', word: 'ended early' })
    expect(exerciseBadge({ state: 'running', states: { ...NONE, failed: 1 } })).toEqual({
      tone: 'busy',
      word: 'running',
    })
  })

  it('counts what came to an end, in any way', () => {
    expect(overOf({ ...NONE, pending: 5, running: 2, succeeded: 1, failed: 1, timed_out: 1, canceled: 1 })).toBe(4)
  })

  it('without a verdict says nothing, neither good nor bad', () => {
    expect(verdictBadge(null)).toBeNull()
    expect(verdictBadge('bad')?.tone).toBe('error')
  })

  it.each([
    [0, '0 s'],
    [89, '89 s'],
    [90, '1 min 30 s'],
    [120, '2 min'],
    [3_600, '1 h'],
    [3_900, '1 h 5 min'],
  ])('%d seconds are %s', (seconds, text) => expect(durationText(seconds)).toBe(text))

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [12.5e9, '13 GB'],
    [2e15, '2.0 PB'],
    [2e19, '20000 PB'],
  ])('%d bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text))

  it('tells how it is measured, and only what is not usual', () => {
    expect(paramsText(DEFAULT_PARAMS)).toBe('TCP, 10 s')
    expect(
      paramsText({
        ...DEFAULT_PARAMS,
        protocol: 'udp',
        bitrateBps: 5e6,
        samples: 3,
        parallel: 2,
        isBidir: true,
        way: 'underlay',
      }),
    ).toBe('UDP, 10 s, 2 streams, both ways at once, at 5 Mbit/s, 3 samples, underlay')
    expect(paramsText({ ...DEFAULT_PARAMS, tool: 'ping', class: 'background' })).toBe('ping, 10 s, background')
  })

  it('an arrow never stands alone', () => {
    expect(changeOf(undefined)).toEqual({ arrow: '', words: 'nothing to compare it with yet' })
    expect(changeOf(1.02)).toEqual({ arrow: '→', words: 'as usual' })
    expect(changeOf(0.64)).toEqual({ arrow: '↓', words: '36 % below what is usual' })
    expect(changeOf(1.5)).toEqual({ arrow: '↑', words: '50 % above what is usual' })
  })
})
