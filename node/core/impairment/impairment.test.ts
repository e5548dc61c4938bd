import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EndpointKey } from '../model/ids.ts'
import type { Impairment } from '../model/impairment.ts'
import type { LabIntent } from '../model/lab.ts'
import { labNode, sampleLab } from '../plan/testdata/lab.ts'
import { findLink, impair, impairmentProblem } from './change.ts'
import { endImpairments, isDownAt, mayBeDown, nextFlapMs } from './ends.ts'
import { isFlapDown, nextTurnMs } from './flap.ts'
import { shapingNeeds } from './needs.ts'
import { impairmentText } from './text.ts'
import { readDelayMs, readFlap, readPercent, readRateBps } from './units.ts'

describe('values as people write them', () => {
  test.each([
    ['10ms', 10],
    ['0.5s', 500],
    ['250us', 0.25],
    ['1m', 60_000],
    ['0.00001ms', undefined],
    ['61s', undefined],
    ['10', undefined],
    ['-1ms', undefined],
    ['1constructor', undefined],
  ])('a delay of %s', (text, ms) => expect(valueIn(readDelayMs(text))).toBe(ms))

  test.each([
    ['1%', 1],
    ['0.1 %', 0.1],
    ['100%', 100],
    ['0%', undefined],
    ['101%', undefined],
    ['one', undefined],
  ])('a share of %s', (text, percent) => expect(valueIn(readPercent(text))).toBe(percent))

  test.each([
    ['10mbit', 10_000_000],
    ['10Mbps', 10_000_000],
    ['512kbit', 512_000],
    ['1gbit', 1_000_000_000],
    ['999bit', undefined],
    ['10', undefined],
  ])('a rate of %s', (text, bps) => expect(valueIn(readRateBps(text))).toBe(bps))

  test.each([
    ['5s/10s', { downMs: 5_000, upMs: 10_000 }],
    ['0.5s/10s', undefined],
    ['5s', undefined],
    ['5s/10s/1s', undefined],
  ])('a schedule of %s', (text, flap) => expect(valueIn(readFlap(text))).toEqual(flap))

  test('and as they are told back', () => {
    const all: Impairment = {
      delayMs: 10,
      jitterMs: 0.25,
      lossPercent: 1,
      corruptPercent: 0.1,
      rateBps: 2_500_000,
      down: true,
      flap: { downMs: 5_000, upMs: 10_000 },
    }
    expect(impairmentText(all)).toBe('down, flap 5s/10s, delay 10ms, jitter 250us, loss 1%, corrupt 0.1%, rate 2.5mbit')
    expect(impairmentText({})).toBe('')
  })
})

const valueIn = <T>(read: { readonly value: T } | { readonly problem: string }): T | undefined =>
  'value' in read ? read.value : undefined

test('a flapping link is down and up for as long as asked, whenever one looks', () => {
  const span = fc.integer({ min: 1_000, max: 100_000 })
  fc.assert(
    fc.property(span, span, fc.integer({ min: 0, max: 2 ** 45 }), (downMs, upMs, atMs) => {
      const flap = { downMs, upMs }
      const turnMs = atMs + nextTurnMs(flap, atMs)
      expect(isFlapDown(flap, turnMs - 1)).toBe(isFlapDown(flap, atMs))
      expect(isFlapDown(flap, turnMs)).toBe(!isFlapDown(flap, atMs))
      expect(nextTurnMs(flap, turnMs)).toBe(isFlapDown(flap, turnMs) ? downMs : upMs)
    }),
  )
})

const lab = sampleLab(
  'lab',
  [...['r1', 'r2', 'r3'].map((name) => labNode(name)), labNode('br', { kind: 'bridge' })],
  [
    ['r1:eth1', 'r2:eth1'],
    ['r1:eth2', 'br:a'],
    ['r1:eth3', 'r2:eth3', 'r3:eth3'],
  ],
)
const R1 = { node: 'r1', interface: 'eth1' }
const BRIDGED = { node: 'r1', interface: 'eth2' }
const SHARED = { node: 'r2', interface: 'eth3' }
const impaired = (
  end: { node: string; interface: string },
  change: Parameters<typeof impair>[1]['change'],
  more: { oneEnd?: boolean; clear?: boolean; of?: LabIntent } = {},
): LabIntent => {
  const { oneEnd = false, clear = false, of = lab } = more
  const link = findLink(of, end)
  if (link === undefined) throw new Error('no such link')
  return impair(of, { link, end: oneEnd ? end : undefined, change, clear })
}
const doneAt = (intent: LabIntent) => Object.fromEntries(endImpairments(intent))

describe('where impairments are made', () => {
  test('nothing asked for, nothing done', () => expect(doneAt(lab)).toEqual({}))

  test('what one end of a cable sends suffers where the other one receives it', () => {
    const slow = { delayMs: 10 }
    expect(doneAt(impaired(R1, slow))).toEqual({ 'r1:eth1': { towards: slow }, 'r2:eth1': { towards: slow } })
    expect(doneAt(impaired(R1, slow, { oneEnd: true }))).toEqual({ 'r2:eth1': { towards: slow } })
  })

  test('between a node and a bridge both ways are at the node', () => {
    const slow = { rateBps: 1_000_000 }
    expect(doneAt(impaired(BRIDGED, slow))).toEqual({ 'r1:eth2': { towards: slow, from: slow } })
    expect(doneAt(impaired(BRIDGED, slow, { oneEnd: true }))).toEqual({ 'r1:eth2': { from: slow } })
  })

  test('in a segment of more each end suffers where it sends', () => {
    expect(Object.keys(doneAt(impaired(SHARED, { lossPercent: 1 })))).toEqual(['r1:eth3', 'r2:eth3', 'r3:eth3'])
    expect(doneAt(impaired(SHARED, { lossPercent: 1 }, { oneEnd: true }))).toEqual({
      'r2:eth3': { from: { lossPercent: 1 } },
    })
  })

  test('a cable is down at both ends, whichever end was named; others of a segment keep theirs', () => {
    expect(doneAt(impaired(R1, { down: true }, { oneEnd: true }))).toEqual({
      'r1:eth1': { down: true },
      'r2:eth1': { down: true },
    })
    expect(doneAt(impaired(SHARED, { down: true }, { oneEnd: true }))).toEqual({ 'r2:eth3': { down: true } })
  })

  test('a flapping end is down by its schedule, and may be so', () => {
    const end = endImpairments(impaired(R1, { flap: { downMs: 1_000, upMs: 2_000 } })).get('r1:eth1' as EndpointKey)
    expect([isDownAt(end, 500), isDownAt(end, 1_500), mayBeDown(end), mayBeDown(undefined)]).toEqual([
      true,
      false,
      true,
      false,
    ])
    expect([nextFlapMs(end ? [end] : [], 500), nextFlapMs([], 500)]).toEqual([500, undefined])
  })
})

describe('changes of a link', () => {
  test('keep what they do not name, take away what is null, and clear', () => {
    const first = impaired(R1, { delayMs: 10, lossPercent: 1 })
    const second = impaired(R1, { lossPercent: null, rateBps: 1_000_000 }, { of: first })
    expect(findLink(second, R1)?.impairments).toEqual({
      'r1:eth1': { delayMs: 10, rateBps: 1_000_000 },
      'r2:eth1': { delayMs: 10, rateBps: 1_000_000 },
    })
    expect(impaired(R1, {}, { of: second, clear: true })).toEqual(lab)
    expect(findLink(impaired(R1, { delayMs: null }, { of: first, oneEnd: true }), R1)?.impairments).toMatchObject({
      'r1:eth1': { lossPercent: 1 },
      'r2:eth1': { delayMs: 10 },
    })
  })

  test('leave all other links alone, and find an end by the name of its kind', () => {
    const named: LabIntent = {
      ...lab,
      links: lab.links.map((link) => ({
        ...link,
        endpoints: link.endpoints.map((end) => ({ ...end, alias: `port-${end.interface}` })),
      })),
    }
    expect(findLink(named, { node: 'r1', interface: 'port-eth2' })?.id).toBe('br:a--r1:eth2')
    expect(findLink(named, { node: 'r9', interface: 'eth1' })).toBeUndefined()
    expect(impaired(R1, { down: true }).links.slice(1)).toEqual(lab.links.slice(1))
  })

  test('jitter alone is refused', () => {
    const problem = (change: Impairment) => {
      const link = findLink(impaired(R1, change), R1)
      return link && impairmentProblem(link)
    }
    expect([problem({ jitterMs: 1 }), problem({ jitterMs: 1, delayMs: 2 })]).toEqual([
      expect.stringContaining('delay'),
      undefined,
    ])
  })
})

test('netem is needed for what only it can do, at the end where it is done', () => {
  const needs = (change: Impairment) => Object.fromEntries(shapingNeeds(impaired(R1, change, { oneEnd: true })))
  expect(needs({ delayMs: 10, rateBps: 1_000_000 })).toEqual({
    r2: [{ what: 'netem', why: 'for delay 10ms at r2:eth1 (rate, down and flap go without)' }],
  })
  expect(needs({ rateBps: 1_000_000 })).toEqual({ r2: [{ what: 'tbf', why: 'for rate 1mbit at r2:eth1' }] })
  expect(needs({ down: true })).toEqual({})
})
