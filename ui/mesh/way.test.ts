import { describe, expect, it } from 'vitest'
import type { HostWays, WayView } from '#agent/port.ts'
import { cellOf, hear, roundTripOf } from './way.ts'

type Path = WayView['paths'][number]
const path = (more: Partial<Path> = {}): Path => ({
  path: 'primary',
  address: '192.0.2.2',
  condition: 'good',
  rttMs: 0.5,
  loss: 0,
  ...more,
})
const way = (more: Partial<WayView> = {}): WayView => ({
  ...{ name: 'b', inUse: 'primary', chosen: null, endpoint: '192.0.2.2:51820', handshakeAgeMs: 30_000, roundTripMs: 2 },
  paths: [path()],
  ...more,
})
const told = (...ways: WayView[]): HostWays => ({ host: 'a', certificateEndMs: null, ways })
const shown = (one: WayView) => cellOf(hear(new Map(), [told(one)], 0), 'a', { to: 'b', nowMs: 1_000 })

describe('a way', () => {
  it.each<[string, WayView, string, string]>([
    ['probed and good', way(), 'ok', '0.5 ms'],
    ['of one network', way({ paths: [path({ condition: 'not probed', rttMs: null, loss: null })] }), 'ok', '2.0 ms'],
    ['without a round trip', way({ roundTripMs: null, paths: [path({ rttMs: null })] }), 'ok', 'tunnel'],
    [
      'that nobody answers on',
      way({ roundTripMs: null, paths: [path({ condition: 'not probed', rttMs: null })] }),
      'unknown',
      'no answer',
    ],
    ['that loses', way({ paths: [path({ loss: 0.1 })] }), 'warn', '0.5 ms'],
    [
      'with a second path lost',
      way({ paths: [path(), path({ path: 'secondary', condition: 'lost' })] }),
      'warn',
      '0.5 ms',
    ],
    ['lost', way({ paths: [path({ condition: 'lost' })] }), 'error', 'lost'],
    ['that never was', way({ handshakeAgeMs: null }), 'error', 'no tunnel'],
    ['that has died', way({ handshakeAgeMs: 151_000 }), 'error', 'no tunnel'],
  ])('%s', (_what, one, tone, text) => expect(shown(one)).toMatchObject({ tone, text }))

  it('of a host that is not heard is unknown, with its age and what was known', () => {
    const before = hear(new Map(), [told(way())], 0)
    const now = hear(before, [{ host: 'a', certificateEndMs: null, ways: [], unreachable: 'a is down' }], 60_000)
    expect(cellOf(now, 'a', { to: 'b', nowMs: 60_000 })).toEqual({
      ...{ from: 'a', to: 'b', tone: 'unknown', text: '60 s old', ageMs: 60_000 },
      detail:
        'a is down; last known 60 s ago: round trip 0.5 ms, handshake 30 s ago, goes by its primary path, primary good, 0 % lost',
    })
  })

  it('nobody told of is unknown, with no number at all', () => {
    const cell = cellOf(hear(new Map(), [told()], 0), 'a', { to: 'b', nowMs: 0 })
    expect(cell).toMatchObject({ tone: 'unknown', detail: 'nothing was heard of it' })
    const never = hear(new Map(), [{ host: 'a', certificateEndMs: null, ways: [], unreachable: 'down' }], 5)
    expect(cellOf(never, 'a', { to: 'b', nowMs: 9 })).toMatchObject({ tone: 'unknown', text: 'unknown', ageMs: null })
    expect(cellOf(new Map(), 'x', { to: 'b', nowMs: 9 })).toMatchObject({ tone: 'unknown', text: 'unknown' })
  })

  it('that was not asked for of late is unknown too', () => {
    const heard = hear(new Map(), [told(way())], 0)
    expect(cellOf(heard, 'a', { to: 'b', nowMs: 16_000 })).toMatchObject({ tone: 'unknown', text: '16 s old' })
  })

  it('takes the round trip of the path in use', () => {
    const paths = [path({ rttMs: 1 }), path({ path: 'secondary', rttMs: 9 })]
    expect(roundTripOf(way({ inUse: 'secondary', paths }))).toBe(9)
    expect(roundTripOf(way({ inUse: 'elsewhere', paths }))).toBe(2)
  })
})
