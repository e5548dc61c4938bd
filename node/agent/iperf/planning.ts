import type { World } from '#core/iperf/ends.ts'
import { estimateBytes, estimateS } from '#core/iperf/estimate.ts'
import { type Plan, planExercise } from '#core/iperf/plan.ts'
import { MeshError } from '#core/model/errors.ts'
import { showEnd } from '#core/model/iperf.ts'
import type { ExerciseAsk, ExercisePlan } from '../port-iperf.ts'

/** What an exercise would be. BAD_INPUT with all that is wrong; NOT_FOUND where all of it is ends that nobody knows. */
export function planned(ask: ExerciseAsk, world: World): Plan {
  const plan = planExercise(ask, world)
  refuse(plan)
  return plan
}

/** Throws where there are problems. */
export function refuse({ problems, unknown }: Pick<Plan, 'problems' | 'unknown'>): void {
  if (problems.length === 0) return
  const code = problems.length === unknown.length ? 'NOT_FOUND' : 'BAD_INPUT'
  throw new MeshError(code, problems.join('; '), { problems })
}

/** A plan, for people. */
export function showPlan({ ends, tests, params, notes }: Plan): ExercisePlan {
  const rounds = Math.max(0, ...tests.map(({ round }) => round + 1))
  const nameAt = (at: number): string => {
    const end = ends[at]
    return end === undefined ? '' : showEnd(end)
  }
  return {
    tests: tests.map(({ from, to, round }) => ({ source: nameAt(from), destination: nameAt(to), round })),
    rounds,
    estimatedS: estimateS(params, rounds),
    estimatedBytes: estimateBytes(params, tests.length),
    notes,
  }
}
