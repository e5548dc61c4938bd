import { performance } from 'node:perf_hooks'

/** The two clocks of a host. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch; it may jump and decides nothing but what people read and what may be forgotten. */
  nowMs(): number
  /** Milliseconds since a fixed moment of this process; never jumps. */
  monotonicMs(): number
}

/** The clocks of this machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}
