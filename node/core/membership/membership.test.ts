import { describe, expect, test } from 'vitest'
import type { HostId } from '../model/ids.ts'
import { Membership } from './membership.ts'

const b = 'b' as HostId
const watching = (): Membership => {
  const membership = new Membership(0, { suspectAfterMs: 3_000, downAfterMs: 3_000 })
  membership.setHosts([b], 0)
  return membership
}
const pass = (membership: Membership, fromMs: number, toMs: number) => {
  const changes = []
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 100) changes.push(...membership.tick(nowMs))
  return changes.map((change) => `${change.from} → ${change.to}`)
}

describe('membership', () => {
  test('a host that never beat is down, not unknown', () => {
    const membership = watching()
    expect(pass(membership, 0, 5_000)).toEqual(['suspect → down'])
    expect(membership.of(b)?.reason).toBe('never heard since this host started')
  })

  test('silence makes a host suspect, then down; a sign of life makes it alive', () => {
    const membership = watching()
    membership.heard(b, 0, 'direct')
    expect(pass(membership, 0, 2_900)).toEqual([])
    expect(pass(membership, 3_000, 5_900)).toEqual(['alive → suspect'])
    expect(pass(membership, 6_000, 7_000)).toEqual(['suspect → down'])
    expect(membership.heard(b, 7_100, 'indirect')).toMatchObject([{ from: 'down', to: 'alive' }])
    expect(membership.of(b)?.reason).toBe('heard through other hosts only')
  })

  test('what another host heard keeps a silent host from being called down', () => {
    const membership = watching()
    membership.heard(b, 0, 'direct')
    pass(membership, 0, 4_000)
    membership.heard(b, 3_500, 'indirect')
    expect(membership.isAlive(b)).toBe(true)
  })

  test('nobody is blamed for a stall of this host itself', () => {
    const membership = watching()
    membership.heard(b, 0, 'direct')
    pass(membership, 0, 1_000)
    expect(membership.tick(61_000)).toEqual([])
    expect(membership.isAlive(b)).toBe(true)
    expect(pass(membership, 61_100, 70_000)).toEqual(['alive → suspect', 'suspect → down'])
  })

  test('a late answer about the past does not undo newer knowledge', () => {
    const membership = watching()
    membership.heard(b, 2_000, 'direct')
    membership.heard(b, 1_000, 'indirect')
    expect(membership.of(b)?.heardMs).toBe(2_000)
  })

  test('a host that left the roster is forgotten', () => {
    const membership = watching()
    membership.setHosts([], 10)
    expect(membership.of(b)).toBeUndefined()
    expect(membership.heard(b, 20, 'direct')).toEqual([])
  })
})
