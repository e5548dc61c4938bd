import type { Engine } from '#core/engine/engine.ts'
import { paramsOf } from '#core/iperf/params.ts'
import { scheduleDraft, scheduleOf } from '#core/iperf/records.ts'
import { MeshError } from '#core/model/errors.ts'
import type { ScheduleBody } from '#core/model/iperf.ts'
import type { RecordDraft } from '#core/model/record.ts'
import { compareText } from '#core/record/version.ts'
import type { Clock } from '#platform/clock.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { Loop } from '../loop.ts'
import type { ExerciseAsk, ExercisePlan, ExerciseSummary, ScheduleView } from '../port-iperf.ts'
import { parseCron } from './cron.ts'

export interface SchedulesOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly loop: Pick<Loop, 'idle'>
  publish(draft: RecordDraft): void
  /** BAD_INPUT and NOT_FOUND tell what is wrong with it. */
  plan(ask: ExerciseAsk): Promise<ExercisePlan>
  /** Newest first. */
  exercises(): readonly Pick<ExerciseSummary, 'id' | 'schedule' | 'state' | 'createdAtMs'>[]
}

/** What a schedule was asked for with. */
export type ScheduleWish = ExerciseAsk & { readonly name: string; readonly cron: string }

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i

/** Exercises that are made again and again: gossiped, so that any host answers for them, and whichever leads begins them. */
export class Schedules {
  readonly #options: SchedulesOptions

  constructor(options: SchedulesOptions) {
    this.#options = options
  }

  /** By name. */
  all(): readonly ScheduleBody[] {
    const records = this.#options.engine.book.of('schedule')
    return records.flatMap((record) => scheduleOf(record) ?? []).toSorted((a, b) => compareText(a.name, b.name))
  }

  list(): readonly ScheduleView[] {
    const exercises = this.#options.exercises()
    return this.all().map((body) => this.#view(body, exercises))
  }

  /** Makes one, or changes it. BAD_INPUT tells all mistakes at once; NOT_FOUND for ends nobody knows. */
  async set(wish: ScheduleWish): Promise<ScheduleView> {
    const { engine, clock, exercises } = this.#options
    await this.#check(wish)
    const { name, shape, ends = [], pairs = [] } = wish
    const cron = wish.cron.trim()
    const before = scheduleOf(engine.book.get('schedule', name))
    const body: ScheduleBody = {
      name,
      cron,
      ask: { shape, ends, pairs, params: paramsOf(wish.params).params },
      by: engine.self,
      // What another line would have begun before was not missed.
      createdAtMs: before?.cron === cron ? before.createdAtMs : clock.nowMs(),
    }
    await this.#publish(body)
    return this.#view(body, exercises())
  }

  /** NOT_FOUND. What it made stays. */
  async remove(name: string): Promise<void> {
    const held = scheduleOf(this.#options.engine.book.get('schedule', name))
    if (held === undefined) throw new MeshError('NOT_FOUND', `there is no schedule named ${name}`, { name })
    await this.#publish({ ...held, isRemoved: true })
  }

  async #check({ name, cron, ...ask }: ScheduleWish): Promise<void> {
    const line = parseCron(cron)
    const isDue = typeof line === 'string' || line.nextMs(this.#options.clock.nowMs()) !== undefined
    const problems = [
      ...(NAME.test(name)
        ? []
        : ['name must be 1 to 63 letters, digits, dots, dashes or underscores, and begin with a letter or digit']),
      ...(typeof line === 'string' ? [line] : []),
      ...(isDue ? [] : [`cron \`${cron}\` is never due`]),
    ]
    try {
      await this.#options.plan(ask)
    } catch (error) {
      if (problems.length === 0 || !(error instanceof MeshError)) throw error
      problems.push(error.message)
    }
    if (problems.length > 0) throw new MeshError('BAD_INPUT', problems.join('; '), { problems })
  }

  #view(body: ScheduleBody, exercises: ReturnType<SchedulesOptions['exercises']>): ScheduleView {
    const { engine, clock } = this.#options
    const { name, cron, ask, by, createdAtMs } = body
    const line = parseCron(cron)
    return {
      name,
      cron,
      ask,
      by: nameOf(engine, by),
      createdAtMs,
      nextMs: typeof line === 'string' ? null : (line.nextMs(clock.nowMs()) ?? null),
      last: exercises.find(({ schedule }) => schedule === name)?.id ?? null,
    }
  }

  async #publish(body: ScheduleBody): Promise<void> {
    const { engine, clock, loop, publish } = this.#options
    const by = { wallMs: clock.nowMs(), self: engine.self }
    publish(scheduleDraft(body, engine.book.get('schedule', body.name), by))
    await loop.idle()
  }
}
