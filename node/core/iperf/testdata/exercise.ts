import type { HostId } from '../../model/ids.ts'
import { DEFAULT_PARAMS, type ExerciseBody, type TaskEntry, type TasksBody, taskId } from '../../model/iperf.ts'
import { type Peers, testsOf } from '../view.ts'
import { hostEnd, idOf } from './world.ts'

/** Exercise 100 of hosts a, b, c: a → b and b → c; it runs. */
export const exercise = (more: Partial<ExerciseBody> = {}): ExerciseBody => ({
  id: 100,
  name: 'some',
  by: idOf('a'),
  createdAtMs: 1,
  params: DEFAULT_PARAMS,
  ends: ['a', 'b', 'c'].map(hostEnd),
  tests: [
    { id: 101, from: 0, to: 1, round: 0 },
    { id: 102, from: 1, to: 2, round: 1 },
  ],
  startedAtMs: 2,
  stoppedAtMs: null,
  endedAtMs: null,
  canceled: [],
  ...more,
})

export const task = (test: number, role: TaskEntry['role'], more: Partial<TaskEntry> = {}): TaskEntry => ({
  id: taskId(test, role),
  test,
  role,
  state: 'pending',
  ...more,
})

/** What a host tells. */
export const told = (
  name: string,
  ...tasks: readonly TaskEntry[]
): { readonly host: HostId; readonly body: TasksBody } => ({
  host: idOf(name),
  body: { exercise: 100, tasks },
})

/** Nobody is down but those named. */
export const peers = (...down: readonly string[]): Peers => ({
  isDown: (host) => down.map(idOf).includes(host),
  nameOf: (host) => host.slice(8).replaceAll('X', ''),
})

/** Tests of {@link exercise}. */
export const testsNow = (
  body: ExerciseBody,
  tasks: Parameters<typeof testsOf>[1] = [],
  who: Peers = peers(),
): ReturnType<typeof testsOf> => testsOf(body, tasks, who)
