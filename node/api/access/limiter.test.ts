import { describe, expect, it } from 'vitest'
import { LoginLimiter } from './limiter.ts'

const tries = (limiter: LoginLimiter, count: number, { address = '192.0.2.1', name = 'ann', nowMs = 0 } = {}): void => {
  for (let at = 0; at < count; at += 1) limiter.begin(address, name, nowMs)
}

describe('who guesses', () => {
  it('waits twice as long each time, a minute at most', () => {
    const limiter = new LoginLimiter()
    const waits = Array.from({ length: 14 }, () => {
      limiter.begin('192.0.2.1', 'ann', 0)
      return limiter.waitMs('192.0.2.1', 'ann', 0) / 1_000
    })
    expect(waits).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
    expect(limiter.waitMs('192.0.2.1', 'ann', 60_000)).toBe(0)
  })

  it('from elsewhere, or as somebody else, does not hold up the others', () => {
    const limiter = new LoginLimiter()
    tries(limiter, 20)
    expect(limiter.waitMs('192.0.2.2', 'ann', 0)).toBe(0)
    expect(limiter.waitMs('192.0.2.1', 'bob', 0)).toBe(0)
  })

  it('as many people from one address waits too', () => {
    const limiter = new LoginLimiter()
    for (let at = 0; at < 30; at += 1) tries(limiter, 1, { name: `u${at}` })
    expect(limiter.waitMs('192.0.2.1', 'bob', 0)).toBeGreaterThan(0)
    expect(limiter.waitMs('192.0.2.2', 'bob', 0)).toBe(0)
  })

  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::ffff:2'],
    ['2001:db8:0:0:1::1', '2001:db8::9'],
    ['fe80::1%eth0', 'fe80::2'],
  ])('as %s is who tried as %s', (one, other) => {
    const limiter = new LoginLimiter()
    tries(limiter, 8, { address: other })
    expect(limiter.waitMs(one, 'ann', 0)).toBeGreaterThan(0)
  })

  it('is forgotten after a right login, and after a while', () => {
    const limiter = new LoginLimiter()
    tries(limiter, 8)
    limiter.right('192.0.2.1', 'ann')
    expect(limiter.waitMs('192.0.2.1', 'ann', 0)).toBe(0)
    tries(limiter, 8)
    expect(limiter.begin('192.0.2.1', 'ann', 700_000)).toBe(1)
  })

  it('waits no longer for a try that came to nothing', () => {
    const limiter = new LoginLimiter()
    tries(limiter, 4)
    for (let at = 0; at < 100; at += 1) {
      expect(limiter.waitMs('192.0.2.1', 'ann', 0)).toBe(0)
      expect(limiter.begin('192.0.2.1', 'ann', 0)).toBe(5)
      limiter.takeBack('192.0.2.1', 'ann')
    }
    // What was wrong before counts on.
    tries(limiter, 1)
    expect(limiter.waitMs('192.0.2.1', 'ann', 0)).toBe(1_000)
  })

  it('takes no more memory than there is for it', () => {
    const limiter = new LoginLimiter()
    for (let at = 0; at < 30_000; at += 1) limiter.begin(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`, 'ann', 0)
    tries(limiter, 5)
    expect(limiter.waitMs('192.0.2.1', 'ann', 0)).toBe(1_000)
  })
})
