import { afterEach, beforeEach, vi } from 'vitest'
import type { Clock } from '#platform/clock.ts'

/** 2026-11-20: certificates and tokens of a test are of this day. */
const START_MS = Date.UTC(2026, 10, 20)

/** Both clocks of a host on virtual time. */
export const virtualClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => Date.now() - START_MS }

/** Timers, `Date` and `performance` of every test of this file stand still until a test lets time pass. Files and crypto go on. */
export const useVirtualTime = (): void => {
  beforeEach(() => {
    vi.useFakeTimers({
      now: START_MS,
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
}

/** Lets `ms` pass, with everything that happens meanwhile. */
export const pass = async (ms: number): Promise<void> => {
  for (let left = ms; left > 0; left -= 50) {
    await vi.advanceTimersByTimeAsync(Math.min(50, left))
    await realTurn()
  }
}

/** Turns of the real event loop until nothing waits for a file any more: virtual time must not run ahead of the disk. */
export const realTurn = async (): Promise<void> => {
  do await new Promise((resolve) => setImmediate(resolve))
  while (process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq')))
}

/** Lets time pass until the answer is not undefined and not false; rejects after `limitMs` of virtual time. */
export const until = async <T>(what: string, ask: () => T | undefined | false, limitMs = 60_000): Promise<T> => {
  for (let spentMs = 0; spentMs <= limitMs; spentMs += 50) {
    const answer = ask()
    if (answer !== undefined && answer !== false) return answer
    await pass(50)
  }
  throw new Error(`${what}: not within ${limitMs / 1000} s`)
}

/** What the promise comes to, with time passing until then; its error where it rejects. */
export const outcome = async (asked: Promise<unknown>): Promise<unknown> => {
  let found: { readonly value: unknown } | undefined
  const settle = (value: unknown): void => {
    found = { value }
  }
  void asked.then(settle, settle)
  return (await until('an answer', () => found)).value
}
