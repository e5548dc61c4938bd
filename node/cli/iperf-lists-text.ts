import type { ExerciseAsk } from '#core/model/iperf.ts'
import { ageText } from './duration.ts'
import type { AttachedRow, ExerciseRow, ScheduleRow, TaskRow, TestReservationRow } from './iperf-shapes.ts'
import { countText, stateText } from './iperf-text.ts'
import { table } from './output.ts'

/** Lists about measuring as people read them; `nowMs` is the wall clock. */
export const exercisesText = (rows: readonly ExerciseRow[], nowMs: number): string =>
  table(
    ['id', 'name', 'state', 'tests', 'round', 'not good', 'worst', 'by', 'age', 'schedule'],
    rows.map(({ id, name, state, tests, round, rounds, states, verdict, by, createdAtMs, schedule }) => [
      id,
      name,
      state,
      `${states.succeeded}/${tests}`,
      `${state === 'created' ? 0 : Math.min(round + 1, rounds)}/${rounds}`,
      states.failed + states.timed_out + states.canceled || undefined,
      verdict,
      by,
      ageText(nowMs - createdAtMs),
      schedule,
    ]),
  )

export const tasksText = (rows: readonly TaskRow[]): string =>
  table(
    ['task', 'exercise', 'test', 'role', 'end', 'host', 'state', 'port', 'took', 'error'],
    rows.map(({ id, exercise, test, role, end, host, state, port, startedAtMs, endedAtMs, error }) => [
      id,
      exercise,
      test,
      role,
      end,
      host,
      stateText(state),
      port,
      startedAtMs === undefined || endedAtMs === undefined ? undefined : ageText(endedAtMs - startedAtMs),
      error,
    ]),
  )

export const reservationsText = (rows: readonly TestReservationRow[], nowMs: number): string =>
  rows.length === 0
    ? 'no test holds anything\n'
    : table(
        ['owner', 'what', 'of', 'port', 'since', 'for'],
        rows.map(({ owner, type, of, port, sinceMs, untilMs }) => [
          owner,
          type,
          of,
          port,
          ageText(nowMs - sinceMs),
          ageText(untilMs - nowMs),
        ]),
      )

export const schedulesText = (rows: readonly ScheduleRow[], nowMs: number): string =>
  table(
    ['name', 'when (UTC)', 'what', 'next in', 'last exercise'],
    rows.map(({ name, cron, ask, nextMs, last }) => [
      name,
      cron,
      askText(ask),
      nextMs === null ? 'never' : ageText(nextMs - nowMs),
      last,
    ]),
  )

/** `mesh of all hosts`, `mesh of a, b, c`, `a → b`, `12 pairs`. */
function askText({ shape, ends = [], pairs = [] }: ExerciseAsk): string {
  const [first] = pairs
  if (shape === 'mesh') return `mesh of ${ends.length === 0 ? 'all hosts' : ends.join(', ')}`
  return first !== undefined && pairs.length === 1 ? first.join(' → ') : countText(pairs.length, 'pair')
}

export const agentsText = (rows: readonly AttachedRow[], nowMs: number): string =>
  table(
    ['id', 'name', 'state', 'home', 'address', 'iperf3', 'heard'],
    rows.map(({ id, name, state, home, address, iperfVersion, heardAtMs }) => [
      id,
      name,
      state,
      home,
      address,
      iperfVersion,
      heardAtMs === null ? undefined : ageText(nowMs - heardAtMs),
    ]),
  )
