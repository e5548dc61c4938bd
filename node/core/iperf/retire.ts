import { type ExerciseBody, MAX_EXERCISES, MAX_KEPT_TESTS } from '../model/iperf.ts'

/** Exercises that are to make room: of those given, newest first, the ones that ended and are beyond what is kept. */
export function retired(exercises: readonly ExerciseBody[]): readonly ExerciseBody[] {
  let tests = 0
  return exercises.filter((body, at) => {
    tests += body.tests.length
    return body.endedAtMs !== null && (at >= MAX_EXERCISES || (at > 0 && tests > MAX_KEPT_TESTS))
  })
}
