import { describe, expect, it } from 'vitest'
import { EMPTY_FORM, formOf, type ImpairForm, readForm } from './impair-form.ts'

const NOTHING = { delayMs: null, jitterMs: null, lossPercent: null, corruptPercent: null, rateBps: null, flap: null }

describe('the form of impairments', () => {
  it.each<[Partial<ImpairForm>, object]>([
    [{}, NOTHING],
    [
      { delayMs: ' 12,5 ', jitterMs: '2' },
      { ...NOTHING, delayMs: 12.5, jitterMs: 2 },
    ],
    [
      { lossPercent: '0', rateMbps: '1.5' },
      { ...NOTHING, rateBps: 1_500_000 },
    ],
    [
      { flapDownS: '2', flapUpS: '10' },
      { ...NOTHING, flap: { downMs: 2_000, upMs: 10_000 } },
    ],
  ])('%j is asked for', (form, ask) => expect(readForm({ ...EMPTY_FORM, ...form })).toEqual({ ask, mistakes: null }))

  it('tells all mistakes at once, each at its field', () => {
    const form = { ...EMPTY_FORM, delayMs: 'much', lossPercent: '101', jitterMs: '-1', flapUpS: '5' }
    expect(Object.keys(readForm(form).mistakes ?? {}).toSorted()).toEqual([
      'delayMs',
      'flapDownS',
      'jitterMs',
      'lossPercent',
    ])
    expect(readForm({ ...EMPTY_FORM, jitterMs: '3' }).mistakes).toEqual({
      jitterMs: 'Jitter is around a delay: give a delay too',
    })
  })

  it('shows what is done now, and asks for the same again', () => {
    const now = { delayMs: 20, rateBps: 2_000_000, flap: { downMs: 1_000, upMs: 3_000 } }
    const form = formOf({ impairments: { 'r1:eth1': now, 'r2:eth1': now } })
    expect(form).toMatchObject({ delayMs: '20', jitterMs: '', rateMbps: '2', flapDownS: '1', flapUpS: '3' })
    expect(readForm(form).ask).toEqual({ ...NOTHING, ...now })
    expect(formOf({})).toEqual(EMPTY_FORM)
  })
})
