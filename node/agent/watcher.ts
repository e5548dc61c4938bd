import type { Effect } from '#core/engine/effect.ts'
import type { Outcome, Pass } from './host/reconciler.ts'

/** Told of what the agent does, as it does it: for counts and durations. Each call is quick and throws nothing. */
export interface Watcher {
  /** What the engine decided, before it is carried out. */
  effect(effect: Effect): void
  /** One look at the host. */
  pass(pass: Pass): void
  /** What came of one change to the host. */
  op(outcome: Outcome): void
}
