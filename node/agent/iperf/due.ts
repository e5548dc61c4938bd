import { MeshError } from '#core/model/errors.ts'
import type { FeedTold } from '#core/model/feed.ts'
import type { ScheduleBody } from '#core/model/iperf.ts'
import type { Clock } from '#platform/clock.ts'
import type { ExerciseAsk, ExerciseSummary } from '../port-iperf.ts'
import { parseCron } from './cron.ts'

/** Where an exercise of a schedule comes from. */
export interface FromSchedule {
  readonly schedule: string
  /** Of the command that numbers it: two hosts that both believe to lead get one number, and so make one exercise. */
  readonly requestId: string
}

export interface DueOptions {
  readonly clock: Clock
  /** Whether this host leads; undefined where nobody is known to. */
  leads(): boolean | undefined
  schedules(): readonly ScheduleBody[]
  /** Newest first. */
  exercises(): readonly Pick<ExerciseSummary, 'id' | 'schedule' | 'state' | 'createdAtMs'>[]
  create(ask: ExerciseAsk & { readonly start: true }, from: FromSchedule): Promise<unknown>
  tell(told: FeedTold): void
  onFatal(error: unknown): void
}

const MINUTE_MS = 60_000
/** A host that just started tells what was missed since then. */
const LOOK_BACK_MS = 24 * 3600 * 1000

/** Begins what is due, on the host that leads. What was due while none did is told once and does not begin. */
export class Due {
  readonly #options: DueOptions
  /** Up to this minute somebody looked, as far as is known here: minutes since the epoch. */
  #covered: number | undefined

  constructor(options: DueOptions) {
    this.#options = options
  }

  /** Each second or so. */
  look(): void {
    const { clock, leads, schedules, onFatal } = this.#options
    const minute = Math.floor(clock.nowMs() / MINUTE_MS)
    const isLeader = leads()
    if (isLeader === undefined) return
    // This minute's may not have begun when its leader is gone.
    if (!isLeader) this.#covered = minute - 1
    if (!isLeader || this.#covered === minute) return
    const sinceMs = this.#covered === undefined ? undefined : (this.#covered + 1) * MINUTE_MS
    this.#covered = minute
    for (const schedule of schedules()) void this.#consider(schedule, minute, sinceMs).catch(onFatal)
  }

  async #consider(schedule: ScheduleBody, minute: number, sinceMs: number | undefined): Promise<void> {
    const line = parseCron(schedule.cron)
    if (typeof line === 'string') return
    const nowMs = minute * MINUTE_MS
    const last = this.#options.exercises().find((one) => one.schedule === schedule.name)
    const fromMs = Math.max(sinceMs ?? nowMs - LOOK_BACK_MS, schedule.createdAtMs, (last?.createdAtMs ?? -1) + 1)
    const lastMs = line.lastMs(nowMs)
    if (lastMs !== undefined && lastMs >= fromMs) this.#missed(schedule, lastMs, 'no host that leads looked at it then')
    // Another leader may have begun it.
    if (line.nextMs(nowMs - 1) !== nowMs || (last?.createdAtMs ?? 0) >= nowMs) return
    if (last !== undefined && last.state !== 'ended' && last.state !== 'created')
      return this.#missed(schedule, nowMs, `exercise ${last.id}, the one before it, still runs`)
    await this.#begin(schedule, minute)
  }

  async #begin(schedule: ScheduleBody, minute: number): Promise<void> {
    const { name, ask } = schedule
    const from = { schedule: name, requestId: `schedule/${name}/${minute}` }
    try {
      await this.#options.create({ name, ...ask, start: true }, from)
    } catch (error) {
      if (!(error instanceof MeshError)) throw error
      this.#missed(schedule, minute * MINUTE_MS, error.message)
    }
  }

  #missed({ name }: ScheduleBody, atMs: number, why: string): void {
    const at = new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')
    const message = `schedule ${name} was due at ${at} UTC and did not begin: ${why}`
    this.#options.tell({ level: 'warn', code: 'SCHEDULE_MISSED', message })
  }
}
