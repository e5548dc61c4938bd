import type { HostId } from '../model/ids.ts'
import {
  type ExerciseBody,
  isTerminal,
  type PlacedEnd,
  type TaskEntry,
  type TaskRole,
  type TasksBody,
  type TestParams,
  type TestSpec,
  taskId,
} from '../model/iperf.ts'

/** A task as it is in effect: what its host told, or what must be thought of it. */
export interface TaskNow extends TaskEntry {
  /** That carries it out. */
  readonly host: HostId
}

/** A test as it is in effect; its state is that of its client. */
export interface TestNow {
  readonly spec: TestSpec
  readonly from: PlacedEnd
  readonly to: PlacedEnd
  readonly params: TestParams
  readonly client: TaskNow
  readonly server: TaskNow
}

/** Membership, as the host that looks has it. */
export interface Peers {
  /** Down, left or removed. */
  isDown(host: HostId): boolean
  nameOf(host: HostId): string
}

interface Look extends Peers {
  readonly exercise: ExerciseBody
  readonly told: ReadonlyMap<HostId, ReadonlyMap<number, TaskEntry>>
  readonly canceled: ReadonlySet<number>
}

/** What an error says where a task has no end of its own. */
const NO_END = 'it had not come to an end when the exercise ended'

/**
 * Tests of an exercise, from what all hosts told of it. An end that a host told stays. Otherwise a task is `canceled` where somebody wanted that and
 * nobody goes on with it, `failed` where its host is down, or was when the exercise ended, `timed_out` where the exercise has ended; a server ends
 * as its client did.
 */
export function testsOf(
  exercise: ExerciseBody,
  tasks: readonly { readonly host: HostId; readonly body: TasksBody }[],
  peers: Peers,
): readonly TestNow[] {
  const told = new Map(tasks.map(({ host, body }) => [host, new Map(body.tasks.map((entry) => [entry.id, entry]))]))
  const look: Look = {
    exercise,
    told,
    canceled: new Set(exercise.canceled),
    isDown: (host) => (exercise.endedAtMs === null ? peers.isDown(host) : (exercise.down?.includes(host) ?? false)),
    nameOf: (host) => peers.nameOf(host),
  }
  return exercise.tests.flatMap((spec) => {
    const [from, to] = [exercise.ends[spec.from], exercise.ends[spec.to]]
    if (from === undefined || to === undefined) return []
    const params = spec.params === undefined ? exercise.params : { ...exercise.params, ...spec.params }
    const client = clientNow(toldOf(look, { test: spec.id, role: 'client', host: from.host }), look)
    const server = serverNow(toldOf(look, { test: spec.id, role: 'server', host: to.host }), client, look)
    return [{ spec, from, to, params, client, server }]
  })
}

function toldOf(
  { told }: Look,
  { test, role, host }: { readonly test: number; readonly role: TaskRole; readonly host: HostId },
): TaskNow {
  const id = taskId(test, role)
  return { ...(told.get(host)?.get(id) ?? { id, test, role, state: 'pending' }), host }
}

function clientNow(task: TaskNow, look: Look): TaskNow {
  if (isTerminal(task.state)) return task
  const { startedAtMs, stoppedAtMs, endedAtMs } = look.exercise
  const isDown = look.isDown(task.host)
  const isCanceled = look.canceled.has(task.id) || look.canceled.has(taskId(task.test, 'server'))
  const isLeft = endedAtMs !== null || isDown
  if (isCanceled && (isLeft || task.state === 'pending')) return ended(task, 'canceled', 'it was canceled')
  if (stoppedAtMs !== null && isLeft) return ended(task, 'canceled', 'the exercise was stopped')
  if (isDown && (startedAtMs !== null || endedAtMs !== null))
    return ended(task, 'failed', `host ${look.nameOf(task.host)} is down`)
  return endedAtMs === null ? task : ended(task, 'timed_out', NO_END)
}

function serverNow(task: TaskNow, client: TaskNow, look: Look): TaskNow {
  if (isTerminal(task.state)) return task
  if (isTerminal(client.state)) {
    const { endedAtMs } = client
    return { ...ended(task, client.state, client.error), ...(endedAtMs !== undefined && { endedAtMs }) }
  }
  return look.isDown(task.host) && look.exercise.startedAtMs !== null
    ? ended(task, 'failed', `host ${look.nameOf(task.host)} is down`)
    : task
}

const ended = (task: TaskNow, state: TaskEntry['state'], error: string | undefined): TaskNow => ({
  ...task,
  state,
  ...(error !== undefined && { error }),
})

/** Where an exercise is. */
export const exerciseState = ({
  startedAtMs,
  stoppedAtMs,
  endedAtMs,
}: Pick<ExerciseBody, 'startedAtMs' | 'stoppedAtMs' | 'endedAtMs'>): 'created' | 'running' | 'stopping' | 'ended' => {
  if (endedAtMs !== null) return 'ended'
  if (stoppedAtMs !== null) return 'stopping'
  return startedAtMs === null ? 'created' : 'running'
}

/** Whether all tests have ended. */
export const isOver = (tests: readonly TestNow[]): boolean => tests.every(({ client }) => isTerminal(client.state))
