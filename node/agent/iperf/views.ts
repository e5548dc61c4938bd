import { estimateOf } from '#core/iperf/estimate.ts'
import { exerciseState, type TaskNow, type TestNow } from '#core/iperf/view.ts'
import { type ExerciseBody, isTerminal, showEnd, type TaskState, type Verdict } from '#core/model/iperf.ts'
import type { ExerciseSummary, ExerciseView, TaskView, TestView } from '../port-iperf.ts'
import type { Ledger } from './ledger.ts'

type Names = Pick<Ledger, 'nameOf'>

const BAD_FIRST: readonly Verdict[] = ['bad', 'warn', 'good']

/** An exercise in short. */
export function summaryOf(body: ExerciseBody, tests: readonly TestNow[], names: Names): ExerciseSummary {
  const states: Record<TaskState, number> = {
    pending: 0,
    accepted: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    timed_out: 0,
    canceled: 0,
  }
  const verdicts = new Set<Verdict>()
  let rounds = 0
  let round = Number.POSITIVE_INFINITY
  for (const { client, spec } of tests) {
    states[client.state] += 1
    rounds = Math.max(rounds, spec.round + 1)
    if (!isTerminal(client.state)) round = Math.min(round, spec.round)
    const verdict = client.result?.baseline?.verdict
    if (verdict !== undefined) verdicts.add(verdict)
  }
  return {
    id: body.id,
    name: body.name,
    state: exerciseState(body),
    by: names.nameOf(body.by),
    ...(body.schedule === undefined ? {} : { schedule: body.schedule }),
    createdAtMs: body.createdAtMs,
    startedAtMs: body.startedAtMs,
    endedAtMs: body.endedAtMs,
    rounds,
    round: Math.min(round, rounds),
    tests: tests.length,
    states,
    estimatedS: estimateOf(body),
    verdict: BAD_FIRST.find((one) => verdicts.has(one)) ?? null,
  }
}

/** An exercise whole. */
export const viewOf = (body: ExerciseBody, tests: readonly TestNow[], names: Names): ExerciseView => ({
  ...summaryOf(body, tests, names),
  params: body.params,
  ends: body.ends.map(showEnd),
  all: tests.map((test) => testView(body.id, test, names)),
})

/** A test; its state, and its error, are those of its client, or of its server where that has one alone. */
export function testView(exercise: number, test: TestNow, names: Names): TestView {
  const { spec, from, to, params, client } = test
  const error = client.state === 'succeeded' ? undefined : (client.error ?? test.server.error)
  return {
    id: spec.id,
    exercise,
    source: showEnd(from),
    destination: showEnd(to),
    round: spec.round,
    params,
    state: client.state,
    ...tasksOf(exercise, test, names),
    ...(error === undefined ? {} : { error }),
    ...(client.result === undefined ? {} : { result: client.result }),
  }
}

/** Both tasks of a test. */
export const tasksOf = (
  exercise: number,
  { from, to, client, server }: TestNow,
  names: Names,
): { readonly server: TaskView; readonly client: TaskView } => ({
  server: taskView(exercise, server, { end: showEnd(to), host: names.nameOf(server.host) }),
  client: taskView(exercise, client, { end: showEnd(from), host: names.nameOf(client.host) }),
})

const taskView = (
  exercise: number,
  task: TaskNow,
  where: { readonly end: string; readonly host: string },
): TaskView => ({
  id: task.id,
  exercise,
  test: task.test,
  role: task.role,
  state: task.state,
  ...where,
  ...(task.port === undefined ? {} : { port: task.port }),
  ...(task.acceptedAtMs === undefined ? {} : { acceptedAtMs: task.acceptedAtMs }),
  ...(task.startedAtMs === undefined ? {} : { startedAtMs: task.startedAtMs }),
  ...(task.endedAtMs === undefined ? {} : { endedAtMs: task.endedAtMs }),
  ...(task.error === undefined ? {} : { error: task.error }),
})
