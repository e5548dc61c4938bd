import { describe, expect, it } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import { createKeys } from '#identity/keys.ts'
import { isRefusal, multiaddrsOf, pauseMs } from './keeper.ts'

describe('pauses between dials', () => {
  it.each([
    [0, 2, 1, 500],
    [1, 2, 1, 1000],
    [5, 2, 1, 2000],
    [500, 2, 1, 2000],
    [500, 20, 1, 10_000],
    [500, 1000, 1, 30_000],
    [500, 1000, 0, 15_000],
  ])('after %i failures, %i hosts, chance %d: %i ms', (failures, hosts, chance, expected) => {
    expect(pauseMs(failures, hosts, chance)).toBe(expected)
  })
})

describe('addresses of a roster entry', () => {
  it('are multiaddresses in its order, without what is none', () => {
    const id: HostId = createKeys().id
    const addresses = ['10.0.0.1', 'fd00::1', 'rubbish']
    expect(multiaddrsOf({ id, addresses, port: 7000 }).map(String)).toEqual([
      `/ip4/10.0.0.1/tcp/7000/p2p/${id}`,
      `/ip6/fd00::1/tcp/7000/p2p/${id}`,
    ])
  })
})

describe('a dial that failed', () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const silent = new Error('timed out')
  it.each([
    ['its only address refused', refused, true],
    ['nobody answered', silent, false],
    ['one of two networks refused, the other is away', new AggregateError([silent, refused]), true],
    ['both are away', new AggregateError([silent, silent]), false],
    ['no route there', Object.assign(new Error('connect'), { code: 'EHOSTUNREACH' }), false],
  ])('is a refusal or not: %s', (_, error, expected) => {
    expect(isRefusal(error)).toBe(expected)
  })
})
