import { Counts } from './counts.ts'
import { play } from './scenario.ts'
import { makeSchedule } from './schedule.ts'
import type { Parts } from './setup.ts'

/** Which schedules: `runs` seeds from `first` on, every `step`th. */
export interface Batch {
  readonly first: number
  readonly runs: number
  readonly step: number
}

/** A schedule that broke an invariant: `npm run sim -- --play` plays its text again. */
export interface Failure {
  readonly seed: number
  readonly violation: string
  readonly scenario: string
  /** The last lines of the transcript. */
  readonly tail: readonly string[]
}

const TAIL_LINES = 60

/** Plays a batch; every failure is told as it comes. Returns how often what happened. */
export function playBatch(batch: Batch, onFailure: (failure: Failure) => void, parts?: Parts): Counts {
  const counts = new Counts()
  for (let i = 0; i < batch.runs; i++) {
    const seed = batch.first + i * batch.step
    const scenario = makeSchedule(seed)
    const outcome = play(scenario, parts)
    counts.addAll(outcome.counts)
    const { transcript, violation } = outcome
    if (violation !== null) onFailure({ seed, violation, scenario, tail: transcript.slice(-TAIL_LINES) })
  }
  return counts
}
