import type { World } from '#core/iperf/ends.ts'
import { estimateBytes, estimateOf, estimateS } from '#core/iperf/estimate.ts'
import { type Plan, planExercise } from '#core/iperf/plan.ts'
import { MeshError } from '#core/model/errors.ts'
import { type ExerciseBody, showEnd } from '#core/model/iperf.ts'
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
  throw new MeshError(code, problems.map(ended).join(' ').replace(/;$/, ''), { problems })
}

/** As others of its kind follow. */
const ended = (problem: string): string => (/[.?]$/.test(problem) ? problem : `${problem};`)

/** What an exercise is called where nobody said: its one pair, or how much is measured; empty where nothing is yet. */
export function nameOf({ ends, tests }: Pick<Plan, 'ends' | 'tests'>, shape: ExerciseAsk['shape']): string {
  const [first] = tests
  if (first === undefined) return ''
  if (shape === 'mesh') return `mesh of ${ends.length}`
  const pair = [ends[first.from], ends[first.to]].flatMap((end) => (end === undefined ? [] : [showEnd(end)]))
  return tests.length === 1 ? pair.join(' → ') : `${tests.length} pairs`
}

/** What is told of one that begins. */
export function startText(body: ExerciseBody): string {
  const rounds = Math.max(0, ...body.tests.map(({ round }) => round + 1))
  const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`
  const what = `${count(body.tests.length, 'test')} in ${count(rounds, 'round')}`
  return `exercise ${body.id} (${body.name}): ${what}, about ${estimateOf(body)} s`
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
