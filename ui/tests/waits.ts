import type { ExerciseView, TestReservation, TestView } from '#agent/port-iperf.ts'
import { isTerminal } from '#core/model/iperf.ts'

/** A test that could go on, but for a NIC or machine that a test of another exercise uses. */
export interface Waiting {
  readonly test: TestView
  readonly nic: TestReservation
}

/** Tests of the round that is on whose NICs others hold. */
export function waitingFor(exercise: ExerciseView, held: readonly TestReservation[]): readonly Waiting[] {
  const own = new Set(exercise.all.map(({ id }) => id))
  const others = held.filter(({ type, test }) => type === 'nic' && !own.has(test))
  return exercise.all.flatMap((test) => {
    if (test.state !== 'pending' || test.round > exercise.round) return []
    const names = [test.client.host, test.server.host, test.source, test.destination]
    const nic = others.find(({ of }) => names.includes(of))
    return nic === undefined ? [] : [{ test, nic }]
  })
}

/** One round, as it is now. */
export interface RoundNow {
  readonly round: number
  readonly tests: number
  readonly over: number
  readonly wrong: number
  /** Over without a result, since somebody wanted it so. */
  readonly canceled: number
  readonly isOn: boolean
}

/** Rounds in their order; `isOn`: something of it runs. */
export function roundsOf({ all, rounds }: Pick<ExerciseView, 'all' | 'rounds'>): readonly RoundNow[] {
  return Array.from({ length: rounds }, (_, round) => {
    const tests = all.filter((test) => test.round === round)
    const over = tests.filter(({ state }) => isTerminal(state)).length
    const wrong = tests.filter(({ state }) => state === 'failed' || state === 'timed_out').length
    const canceled = tests.filter(({ state }) => state === 'canceled').length
    const isOn = tests.some(({ state }) => state === 'running' || state === 'accepted')
    return { round, tests: tests.length, over, wrong, canceled, isOn }
  })
}
