import { describe, expect, it } from 'vitest'
import { DEFAULT_PARAMS, type TestParams } from '#core/model/iperf.ts'
import { formOf, readParams } from './params-form.ts'

describe('the form of parameters', () => {
  it.each<Partial<TestParams>>([
    {},
    { protocol: 'udp', bitrateBps: 250_000, class: 'background' },
    { isReverse: true, parallel: 4, way: 'underlay' },
    { isBidir: true, samples: 3, timeS: 60 },
    { tool: 'ping', class: 'background' },
  ])('says what it was filled in with: %j', (change) => {
    const params = { ...DEFAULT_PARAMS, ...change }
    expect(readParams(formOf(params))).toEqual({ params, mistakes: null })
  })

  it('tells all mistakes at once', () => {
    const form = { ...formOf(), timeS: '0', parallel: '1.5', samples: '', rateMbps: 'much', isBackground: true }
    const { params, mistakes } = readParams(form)
    expect(params).toBeNull()
    expect(Object.keys(mistakes ?? {}).toSorted()).toEqual(['isBackground', 'parallel', 'rateMbps', 'samples', 'timeS'])
  })

  it('a comma is a point', () => {
    expect(readParams({ ...formOf(), rateMbps: '2,5' }).params?.bitrateBps).toBe(2_500_000)
  })

  it('in the background goes only what is little', () => {
    const udp = { ...formOf(), what: 'udp' as const, isBackground: true }
    expect(readParams(udp).params?.class).toBe('background')
    expect(readParams({ ...udp, rateMbps: '2' }).mistakes).toHaveProperty('isBackground')
    expect(readParams({ ...formOf(), isBackground: true }).mistakes).toHaveProperty('isBackground')
  })

  it('of what ping has no use nothing is asked, not even whether it is right', () => {
    const { params } = readParams({ ...formOf(), what: 'ping', direction: 'bidir', parallel: 'x', rateMbps: 'y' })
    expect(params).toMatchObject({ tool: 'ping', isBidir: false, parallel: 1 })
    expect(params).not.toHaveProperty('bitrateBps')
  })
})
