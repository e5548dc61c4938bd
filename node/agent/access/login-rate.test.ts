import { expect, it } from 'vitest'
import { MAX_LOGOUTS } from '../access-body.ts'
import { LoginRate } from './login-rate.ts'

/** How many of `count` logins a second are let in for so many seconds. */
const letIn = (seconds: number, count: number): number => {
  const rate = new LoginRate()
  let done = 0
  for (let second = 0; second < seconds; second += 1)
    for (let at = 0; at < count; at += 1)
      try {
        rate.take('ann', second * 1_000)
        done += 1
      } catch {
        break
      }
  return done
}

it('who logs in again and again waits, and says how long', () => {
  const rate = new LoginRate()
  for (let at = 0; at < 60; at += 1) rate.take('ann', 0)
  expect(() => rate.take('ann', 1_000)).toThrow('let in after 9 s')
  expect(() => rate.take('bob', 1_000)).not.toThrow()
  expect(() => rate.take('ann', 10_000)).not.toThrow()
  expect(() => rate.take('ann', 10_000)).toThrow('after 10 s')
})

it('one user on one host has never more logins to end than a host can tell', () => {
  const life = 12 * 3600
  expect(letIn(life, 100)).toBeLessThan(MAX_LOGOUTS)
  expect(letIn(life, 1)).toBeGreaterThan(1_000)
})
