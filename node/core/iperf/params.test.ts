import { describe, expect, it } from 'vitest'
import { DEFAULT_PARAMS, type TestParams } from '../model/iperf.ts'
import { aimedBps, paramsOf } from './params.ts'

describe('paramsOf', () => {
  it('takes the usual ones', () => {
    expect(paramsOf(undefined)).toEqual({ params: DEFAULT_PARAMS, problems: [] })
    expect(paramsOf({ timeS: 3 }).params).toEqual({ ...DEFAULT_PARAMS, timeS: 3 })
  })

  it.each<Partial<TestParams>>([
    { timeS: 1, parallel: 1, samples: 1, bitrateBps: 1000 },
    { timeS: 3600, parallel: 128, samples: 20, bitrateBps: 1e12 },
    { tool: 'ping', class: 'background' },
    { protocol: 'udp', class: 'background' },
    { protocol: 'udp', class: 'background', parallel: 2, bitrateBps: 500_000 },
    { isBidir: true },
  ])('has nothing against %o', (told) => {
    expect(paramsOf(told).problems).toEqual([])
  })

  it.each<[Partial<TestParams>, string]>([
    [{ timeS: 0 }, 'time 0'],
    [{ timeS: 3601 }, 'time 3601'],
    [{ timeS: 1.5 }, 'time 1.5'],
    [{ parallel: 129 }, 'parallel 129'],
    [{ samples: Number.NaN }, 'samples NaN'],
    [{ samples: 21 }, 'samples 21'],
    [{ bitrateBps: 999 }, 'bitrate 999'],
    [{ bitrateBps: 1e12 + 1 }, '1 kbit/s to 1 Tbit/s'],
    [{ isBidir: true, isReverse: true }, 'exclude each other'],
    [{ tool: 'ping', protocol: 'udp' }, 'ping has no'],
    [{ tool: 'ping', parallel: 2 }, 'ping has no'],
    [{ class: 'background' }, 'in the background'],
    [{ class: 'background', bitrateBps: 1000 }, 'in the background'],
    [{ class: 'background', protocol: 'udp', parallel: 2 }, 'in the background'],
    [{ class: 'background', protocol: 'udp', isBidir: true }, 'in the background'],
  ])('refuses %o', (told, problem) => {
    expect(paramsOf(told).problems).toEqual([expect.stringContaining(problem)])
  })

  it('tells all mistakes at once', () => {
    expect(paramsOf({ timeS: 0, parallel: 0, samples: 0, isBidir: true, isReverse: true }).problems).toHaveLength(4)
  })
})

it('aims at what all streams send together', () => {
  const aimed = (told: Partial<TestParams>) => aimedBps({ ...DEFAULT_PARAMS, ...told })
  expect(aimed({})).toBeUndefined()
  expect(aimed({ protocol: 'udp' })).toBe(1_000_000)
  expect(aimed({ bitrateBps: 5_000_000, parallel: 3, isBidir: true })).toBe(30_000_000)
  expect(aimed({ tool: 'ping' })).toBeUndefined()
})
