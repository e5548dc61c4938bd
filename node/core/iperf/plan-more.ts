import type { ExerciseBody, PlacedEnd, TestParams, TestSpec } from '../model/iperf.ts'
import type { World } from './ends.ts'
import { paramsOf } from './params.ts'
import { limitsOf, planExercise, roundsOf } from './plan.ts'

/** One more test, as people spell it. */
export interface MoreAsk {
  /** Of the new test, from the log. */
  readonly id: number
  readonly source: string
  readonly destination: string
  /** What differs from those of the exercise. */
  readonly params?: Partial<TestParams>
}

/** Ends and tests of an exercise with one more, all rounds anew: only for one that was not started. */
export interface More {
  readonly ends: readonly PlacedEnd[]
  readonly tests: readonly TestSpec[]
  readonly problems: readonly string[]
  /** Those of the problems that say that nobody knows an end. */
  readonly unknown: readonly string[]
}

/** Adds a test to what an exercise has. Tells all mistakes at once. */
export function planMore(body: Pick<ExerciseBody, 'ends' | 'tests' | 'params'>, ask: MoreAsk, world: World): More {
  const { params, problems: ofParams } = paramsOf({ ...body.params, ...ask.params })
  const plan = planExercise({ shape: 'pairs', pairs: [[ask.source, ask.destination]] }, world)
  const [source, destination] = plan.ends
  const problems = [...ofParams, ...plan.problems]
  if (problems.length > 0 || source === undefined || destination === undefined)
    return { ends: body.ends, tests: body.tests, problems, unknown: plan.unknown }
  const ends = [...body.ends]
  const placeOf = (end: PlacedEnd): number => {
    const known = ends.findIndex((one) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(end)))
    return known >= 0 ? known : ends.push(end) - 1
  }
  const [from, to] = [placeOf(source), placeOf(destination)]
  const added: TestSpec = { id: ask.id, from, to, round: 0, ...(ask.params !== undefined && { params: ask.params }) }
  const limits = limitsOf(ends, [...body.tests, added], params)
  if (limits.length > 0) return { ends: body.ends, tests: body.tests, problems: limits, unknown: [] }
  return {
    ends,
    tests: withRounds({ ends, params: body.params, tests: [...body.tests, added] }),
    problems,
    unknown: [],
  }
}

/** Those in the background are in round 0, whatever the others do. */
function withRounds({ ends, params, tests }: Pick<ExerciseBody, 'ends' | 'tests' | 'params'>): readonly TestSpec[] {
  const isApart = (test: TestSpec): boolean => (test.params?.class ?? params.class) === 'background'
  const waiting = tests.filter((test) => !isApart(test))
  const rounds = roundsOf(ends, waiting, { class: 'exclusive' })
  const roundOf = new Map(waiting.map(({ id }, at) => [id, rounds[at] ?? 0]))
  return tests.map((test) => ({ ...test, round: roundOf.get(test.id) ?? 0 }))
}

const sorted = (end: PlacedEnd): unknown => Object.entries(end).toSorted(([a], [b]) => (a < b ? -1 : 1))
