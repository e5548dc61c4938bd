import type { Engine } from '#core/engine/engine.ts'
import {
  attachedOf,
  exerciseDraft,
  exerciseKey,
  exerciseOf,
  tasksDraft,
  tasksKey,
  tasksOf,
} from '#core/iperf/records.ts'
import { type TestNow, testsOf } from '#core/iperf/view.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { AttachedBody, ExerciseBody, TaskEntry, TasksBody } from '#core/model/iperf.ts'
import type { RecordDraft, VerifiedRecord } from '#core/model/record.ts'
import type { Clock } from '#platform/clock.ts'
import { nameOf, noQuorum } from '../consensus/quorum.ts'

export interface LedgerOptions {
  readonly engine: Engine
  readonly clock: Clock
  publish(draft: RecordDraft): void
  /** What was written here may let something begin. */
  changed(): void
}

/** Tests of an exercise, and what they were made of. */
interface Kept {
  readonly exercise: VerifiedRecord | undefined
  readonly tasks: readonly VerifiedRecord[]
  /** Hosts of it that were down. */
  readonly down: string
  readonly tests: readonly TestNow[]
}

/** What the mesh knows of exercises, and what this host adds to it. */
export class Ledger {
  readonly #options: LedgerOptions
  readonly #kept = new Map<number, Kept>()

  constructor(options: LedgerOptions) {
    this.#options = options
  }

  /** Newest first. */
  exercises(): readonly ExerciseBody[] {
    const { book } = this.#options.engine
    const known = book.of('exercise').flatMap((record) => exerciseOf(record) ?? [])
    // Others remove exercises too, and they expire.
    if (this.#kept.size > known.length) this.#forget(new Set(known.map(({ id }) => id)))
    return known.toSorted((a, b) => b.id - a.id)
  }

  find(id: number): ExerciseBody | undefined {
    return exerciseOf(this.#options.engine.book.get('exercise', exerciseKey(id)))
  }

  /** NOT_FOUND. */
  exercise(id: number): ExerciseBody {
    const found = this.find(id)
    if (found === undefined) throw new MeshError('NOT_FOUND', `there is no exercise ${id}`, { exercise: id })
    return found
  }

  /** The exercise that a test is of. */
  findOfTest(test: number): ExerciseBody | undefined {
    return this.exercises().find(({ id, tests }) => id < test && tests.some((one) => one.id === test))
  }

  /** NOT_FOUND. */
  ofTest(test: number): ExerciseBody {
    const found = this.findOfTest(test)
    if (found === undefined) throw new MeshError('NOT_FOUND', `there is no test ${test}`, { test })
    return found
  }

  attached(): readonly AttachedBody[] {
    return this.#options.engine.book.of('attached').flatMap((record) => attachedOf(record) ?? [])
  }

  /** Tests as they are in effect; read anew only where something changed. */
  tests(exercise: ExerciseBody): readonly TestNow[] {
    const { book } = this.#options.engine
    const record = book.get('exercise', exerciseKey(exercise.id))
    const hosts = [...new Set(exercise.ends.map(({ host }) => host))]
    const tasks = hosts.flatMap((host) => book.get('tasks', tasksKey(host, exercise.id)) ?? [])
    const down = hosts.filter((host) => this.isDown(host)).join()
    const kept = this.#kept.get(exercise.id)
    if (kept?.exercise === record && kept?.down === down && isSame(kept.tasks, tasks)) return kept.tests
    const told = tasks.flatMap((one) => {
      const body = tasksOf(one)
      return body === undefined ? [] : [{ host: one.author, body }]
    })
    const tests = testsOf(exercise, told, { isDown: (host) => this.isDown(host), nameOf: (host) => this.nameOf(host) })
    this.#kept.set(exercise.id, { exercise: record, tasks, down, tests })
    return tests
  }

  /** What this host told of its tasks. */
  own(exercise: number): readonly TaskEntry[] {
    const { engine } = this.#options
    return tasksOf(engine.book.get('tasks', tasksKey(engine.self, exercise)))?.tasks ?? []
  }

  /** What a host told of one task; undefined where it told nothing. */
  told(host: HostId, exercise: number, task: number): TaskEntry | undefined {
    const body = tasksOf(this.#options.engine.book.get('tasks', tasksKey(host, exercise)))
    return body?.tasks.find(({ id }) => id === task)
  }

  /** Exercises this host told tasks of, known or not. */
  ownExercises(): readonly number[] {
    const { engine } = this.#options
    return engine.book.of('tasks').flatMap((record) => {
      const body = tasksOf(record)
      return record.author === engine.self && body !== undefined && body.tasks.length > 0 ? [body.exercise] : []
    })
  }

  /** Tells an exercise anew; `change` gets it as it is now. */
  change(id: number, change: (held: ExerciseBody) => ExerciseBody): ExerciseBody {
    const held = this.exercise(id)
    const body = change(held)
    if (body !== held) this.put(body)
    return body
  }

  /** Nobody wants to know of it any more; each host drops its own part. */
  remove(body: ExerciseBody): void {
    this.put({ ...body, ends: [], tests: [], canceled: [], isRemoved: true })
    this.#kept.delete(body.id)
  }

  put(body: ExerciseBody): void {
    const { engine, clock, publish, changed } = this.#options
    const held = engine.book.get('exercise', exerciseKey(body.id))
    publish(exerciseDraft(body, held, { wallMs: clock.nowMs(), self: engine.self }))
    changed()
  }

  /** Tells tasks of this host; those not named stay. */
  putTasks(exercise: number, entries: readonly TaskEntry[]): void {
    if (entries.length === 0) return
    const tasks = new Map(this.own(exercise).map((entry) => [entry.id, entry]))
    for (const entry of entries) tasks.set(entry.id, entry)
    this.#tell({ exercise, tasks: [...tasks.values()] })
  }

  /** Nothing more is told of an exercise that nobody wants to know of. */
  dropTasks(exercise: number): void {
    this.#tell({ exercise, tasks: [] })
  }

  isDown(host: HostId): boolean {
    const { engine } = this.#options
    if (host === engine.self || engine.roster === undefined) return false
    const entry = engine.roster.hosts.find(({ id }) => id === host)
    if (entry?.state !== 'admitted') return true
    const { state } = engine.membership.of(host) ?? {}
    return state === 'down' || state === 'left'
  }

  /** For how long a host has been down, ms; undefined where it is not. */
  downForMs(host: HostId): number | undefined {
    if (!this.isDown(host)) return undefined
    const { engine, clock } = this.#options
    const isMember = engine.roster?.hosts.some(({ id, state }) => id === host && state === 'admitted') === true
    const sinceMs = isMember ? engine.membership.of(host)?.sinceMs : undefined
    return sinceMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() - sinceMs
  }

  /** Whether a majority can be heard: who is alone thinks of all others that they are down. */
  hasQuorum(): boolean {
    return noQuorum(this.#options.engine) === undefined
  }

  nameOf(host: HostId): string {
    return nameOf(this.#options.engine, host)
  }

  #forget(known: ReadonlySet<number>): void {
    for (const id of this.#kept.keys()) if (!known.has(id)) this.#kept.delete(id)
  }

  #tell(body: TasksBody): void {
    const { engine, clock, publish, changed } = this.#options
    publish(tasksDraft(engine.self, body, clock.nowMs()))
    changed()
  }
}

const isSame = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((one, at) => one === others[at])
