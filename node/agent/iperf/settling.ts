import type { Engine } from '#core/engine/engine.ts'
import { estimateOf } from '#core/iperf/estimate.ts'
import { finish } from '#core/iperf/task.ts'
import { isOver, type TestNow } from '#core/iperf/view.ts'
import type { FeedTold } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'
import { type ExerciseBody, isTerminal, type TaskEntry, type TaskState } from '#core/model/iperf.ts'
import { compareText } from '#core/record/version.ts'
import type { Clock } from '#platform/clock.ts'
import type { Holds } from './holds.ts'
import type { Ledger } from './ledger.ts'
import { DOWN_MS } from './limits.ts'

export interface SettlingOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly ledger: Ledger
  readonly holds: Holds
  /** Whether the client of a test is driven here. */
  drives(test: number): boolean
  /** What was kept of tests that nobody wants to know of is dropped. */
  forget(tests: readonly number[]): void
  tell(told: FeedTold): void
}

/** Who was told to stop has stopped by then. */
const STOP_MS = 15_000
/** Who hears no majority waits for so long for others. */
const ALONE_MS = 60_000
/** What an exercise may take beyond twice its estimate. */
const OVERDUE_MS = 600_000
type Ended = Extract<TaskState, 'succeeded' | 'failed' | 'timed_out' | 'canceled'>

/**
 * Sees to it that all comes to an end, whoever died: each host ends the tasks that are its own, and of those that take part the first one that is
 * there ends the exercise. What decides is what was told and how long ago that was heard here; no clock of another host.
 */
export class Settling {
  readonly #options: SettlingOptions
  /** When exercises were first seen to have started, and to have been stopped. */
  readonly #startedMs = new Map<number, number>()
  readonly #stoppedMs = new Map<number, number>()
  /** Tests whose holds were given back for a host that is down. */
  readonly #freed = new Set<number>()

  constructor(options: SettlingOptions) {
    this.#options = options
  }

  /** After a start nothing of what was under way is left. */
  start(): void {
    const { ledger, clock, holds } = this.#options
    for (const exercise of ledger.ownExercises()) {
      const open = ledger.own(exercise).filter(({ state }) => state === 'accepted' || state === 'running')
      const end = { state: 'failed', error: 'the agent of its host restarted', atMs: clock.nowMs() } as const
      ledger.putTasks(
        exercise,
        open.flatMap((entry) => finish(entry, end) ?? []),
      )
      for (const { role, test } of open) if (role === 'client') void holds.free(test)
    }
  }

  /** Each second or so. */
  look(): void {
    const { ledger } = this.#options
    const known = new Set<number>()
    for (const exercise of ledger.exercises()) {
      known.add(exercise.id)
      if (exercise.endedAtMs === null) this.#lookAt(exercise)
    }
    for (const exercise of ledger.ownExercises()) {
      if (known.has(exercise)) this.#settle(exercise)
      else this.#drop(exercise)
    }
    for (const id of this.#startedMs.keys()) if (!known.has(id)) this.#startedMs.delete(id)
    for (const id of this.#stoppedMs.keys()) if (!known.has(id)) this.#stoppedMs.delete(id)
  }

  #drop(exercise: number): void {
    const { ledger, forget } = this.#options
    forget(ledger.own(exercise).flatMap(({ role, test }) => (role === 'client' ? [test] : [])))
    ledger.dropTasks(exercise)
  }

  /** Own tasks that have an end in effect get it. */
  #settle(id: number): void {
    const { ledger, clock, drives } = this.#options
    const exercise = ledger.find(id)
    const open = ledger.own(id).filter(({ state }) => !isTerminal(state))
    if (exercise === undefined || open.length === 0) return
    const now = new Map(
      ledger.tests(exercise).flatMap(({ client, server }) => [client, server].map((one) => [one.id, one] as const)),
    )
    const ended = open.flatMap((entry) => {
      const { state, error } = now.get(entry.id) ?? { state: 'canceled' as const, error: undefined }
      if (!isEnd(state) || drives(entry.test)) return []
      return finish(entry, { ...endOf(state, error), atMs: clock.nowMs() }) ?? []
    })
    ledger.putTasks(id, ended)
  }

  #lookAt(exercise: ExerciseBody): void {
    const tests = this.#options.ledger.tests(exercise)
    if (exercise.stoppedAtMs !== null) this.#stopOwn(exercise, tests)
    const nowMs = this.#options.clock.monotonicMs()
    if (exercise.startedAtMs !== null && !this.#startedMs.has(exercise.id)) this.#startedMs.set(exercise.id, nowMs)
    if (exercise.stoppedAtMs !== null && !this.#stoppedMs.has(exercise.id)) this.#stoppedMs.set(exercise.id, nowMs)
    if (!this.#mayEnd(exercise)) return
    if (exercise.startedAtMs !== null) this.#freeForDead(tests)
    if (exercise.startedAtMs === null && exercise.stoppedAtMs === null) return
    const now = this.#options.ledger.tests(exercise)
    if ((isOver(now) && !this.#mayGoOn(now)) || this.#isLate(exercise, nowMs)) this.#end(exercise)
  }

  /** Tests of a stopped exercise that had not begun. */
  #stopOwn({ id }: ExerciseBody, tests: readonly TestNow[]): void {
    const { ledger, engine, clock, drives } = this.#options
    const open = tests.filter(
      ({ client }) => client.host === engine.self && client.state === 'pending' && !drives(client.test),
    )
    const end = { state: 'canceled', error: 'the exercise was stopped', atMs: clock.nowMs() } as const
    ledger.putTasks(
      id,
      open.flatMap(({ client: { host: _, ...entry } }): readonly TaskEntry[] => {
        const ended = finish(entry, end)
        return ended === undefined ? [] : [ended]
      }),
    )
  }

  /** Whether it is for this host to end it: the first by id of those that take part and are there, of all where none is. */
  #mayEnd({ ends, by }: ExerciseBody): boolean {
    const { ledger, engine } = this.#options
    const isThere = (host: HostId): boolean => !ledger.isDown(host)
    const parts = [...ends.map(({ host }) => host), by].filter(isThere)
    const all = (engine.roster?.hosts ?? []).map(({ id }) => id).filter(isThere)
    return (parts.length > 0 ? parts : all).toSorted(compareText)[0] === engine.self
  }

  /** Whether somebody who is down now may be back soon, with tests that wait: an agent restarts, a network is cut for a moment. */
  #mayGoOn(tests: readonly TestNow[]): boolean {
    const { ledger } = this.#options
    const restMs = ledger.hasQuorum() ? DOWN_MS : ALONE_MS
    const untold = new Set(
      tests.filter(({ client }) => client.endedAtMs === undefined).map(({ client }) => client.host),
    )
    return [...untold].some((host) => (ledger.downForMs(host) ?? restMs) < restMs)
  }

  #isLate(exercise: ExerciseBody, nowMs: number): boolean {
    const stoppedMs = this.#stoppedMs.get(exercise.id)
    if (stoppedMs !== undefined && nowMs - stoppedMs > STOP_MS) return true
    const startedMs = this.#startedMs.get(exercise.id) ?? nowMs
    return nowMs - startedMs > 2_000 * estimateOf(exercise) + OVERDUE_MS
  }

  /** What a dead client held would keep others waiting until it ends by itself. */
  #freeForDead(tests: readonly TestNow[]): void {
    const { ledger, holds } = this.#options
    for (const { client, spec } of tests) {
      // What its host did not come to tell was under way, if anything was.
      const wasOpen = client.acceptedAtMs !== undefined && client.endedAtMs === undefined
      if (!isTerminal(client.state) || !wasOpen || !ledger.isDown(client.host) || this.#freed.has(spec.id)) continue
      this.#freed.add(spec.id)
      void holds.free(spec.id)
    }
  }

  #end({ id, name }: ExerciseBody): void {
    const { ledger, clock, tell } = this.#options
    const body = ledger.change(id, (held) => {
      if (held.endedAtMs !== null) return held
      const down = [...new Set(held.ends.map(({ host }) => host))].filter((host) => ledger.isDown(host))
      return { ...held, endedAtMs: clock.nowMs(), ...(down.length === 0 ? {} : { down }) }
    })
    const counts = new Map<TaskState, number>()
    for (const { client } of ledger.tests(body)) counts.set(client.state, (counts.get(client.state) ?? 0) + 1)
    const text = [...counts].map(([state, count]) => `${count} ${state.replace('_', ' ')}`).join(', ')
    const isGood = [...counts.keys()].every((state) => state === 'succeeded' || state === 'canceled')
    tell({
      level: isGood ? 'info' : 'warn',
      code: 'EXERCISE_ENDED',
      message: `exercise ${id} (${name}): ${text === '' ? 'no test' : text}`,
    })
  }
}

const isEnd = (state: TaskState): state is Ended => isTerminal(state)

const endOf = (state: Ended, error: string | undefined) => ({ state, ...(error === undefined ? {} : { error }) })
