import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Expect, missed, parseExpect } from './expect.ts'
import { parseBps, showBps } from './rate-text.ts'

describe('showBps', () => {
  it.each([
    [0, '0 bit/s'],
    [Number.NaN, '0 bit/s'],
    [999, '999 bit/s'],
    [1000, '1 kbit/s'],
    [940_000_000, '940 Mbit/s'],
    [1_250_000_000, '1.25 Gbit/s'],
    [12_340_000_000, '12.3 Gbit/s'],
    [999_900_000, '1 Gbit/s'],
    [1e12, '1 Tbit/s'],
    [2.5e15, '2500 Tbit/s'],
  ])('%s is %s', (bps, text) => {
    expect(showBps(bps)).toBe(text)
  })

  it('is read back within half a percent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e15 }), (bps) => {
        expect(Math.abs((parseBps(showBps(bps)) ?? 0) - bps)).toBeLessThanOrEqual(bps / 200)
      }),
    )
  })
})

describe('parseBps', () => {
  it('reads what people write', () => {
    const texts = ['500M', '1.5G', '10k', '940 Mbit/s', '1000000', '.5m', '0']
    expect(texts.map(parseBps)).toEqual([500e6, 1.5e9, 10e3, 940e6, 1e6, 500e3, 0])
    for (const text of ['', 'M', '-5M', '1e9', '5X', '1.2.3', '5 Mbyte/s', 'Infinity', '1,5G'])
      expect(parseBps(text), text).toBeUndefined()
  })
})

const read = (text: string): Expect => {
  const expected = parseExpect(text)
  if (expected.type === 'problem') throw new Error(expected.message)
  return expected
}

describe('parseExpect', () => {
  it('reads demands', () => {
    expect(read('>500M')).toEqual({ type: 'expect', op: '>', bps: 500e6 })
    expect(read(' >= 1.5G')).toEqual({ type: 'expect', op: '>=', bps: 1.5e9 })
    expect(read('<10k').op).toBe('<')
    expect(read('<=10k').op).toBe('<=')
    for (const text of ['', '500M', '=500M', '>', '>x', '>>5M', '> -5'])
      expect(parseExpect(text), text).toMatchObject({ type: 'problem', message: expect.stringContaining('>500M') })
  })
})

describe('missed', () => {
  const row = (receivedBps: number | null) => ({ source: 'a', destination: 'b', receivedBps })

  it('says by how much', () => {
    expect(missed(read('>500M'), [row(320e6), row(501e6)])).toEqual([
      { ...row(320e6), byBps: 180e6, text: 'a → b: 320 Mbit/s, 180 Mbit/s (36 %) below 500 Mbit/s' },
    ])
    expect(missed(read('<100M'), [row(150e6)])[0]?.text).toBe('a → b: 150 Mbit/s, 50 Mbit/s (50 %) above 100 Mbit/s')
    expect(missed(read('>500M'), [row(499.9e6)])[0]?.text).toContain('(less than 1 %)')
  })

  it('is exact where a rate is the one demanded', () => {
    const misses = (text: string) => missed(read(text), [row(500e6)]).map((one) => one.text)
    expect(misses('>500M')).toEqual(['a → b: 500 Mbit/s, not above 500 Mbit/s'])
    expect(misses('<500M')).toEqual(['a → b: 500 Mbit/s, not below 500 Mbit/s'])
    expect([...misses('>=500M'), ...misses('<=500M')]).toEqual([])
  })

  it('is missed where there is no rate, whatever is demanded', () => {
    for (const text of ['>500M', '<500M'])
      expect(missed(read(text), [row(null)])).toMatchObject([
        { receivedBps: null, byBps: 500e6, text: expect.stringContaining('no result') },
      ])
  })
})
