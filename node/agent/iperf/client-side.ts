import { eligible } from '#core/iperf/eligible.ts'
import { accept, begin, finish } from '#core/iperf/task.ts'
import type { TestNow } from '#core/iperf/view.ts'
import { MeshError } from '#core/model/errors.ts'
import type { FeedTold } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'
import { type ExerciseBody, isTerminal, type TaskEntry, type TestResult, taskId } from '#core/model/iperf.ts'
import type { Clock } from '#platform/clock.ts'
import type { Logger } from '#platform/log.ts'
import type { Held, Holds } from './holds.ts'
import { judged, toldOf } from './judging.ts'
import { later } from './later.ts'
import type { Ledger } from './ledger.ts'
import { DOWN_MS, limitOf } from './limits.ts'
import { type Measuring, measureTest } from './measuring.ts'
import type { ServedRequest } from './requests.ts'
import type { EndAddress, Runner } from './runner.ts'

export interface ClientSideOptions {
  readonly self: HostId
  readonly clock: Clock
  readonly log: Logger
  readonly ledger: Ledger
  readonly holds: Holds
  runnerOf(end: TestNow['from']): Runner
  /** Asks the server's host, this one too. */
  serve(
    test: TestNow,
    ask: { readonly exercise: number; readonly port: number | undefined },
  ): Promise<readonly EndAddress[]>
  served(test: TestNow, ask: ServedRequest): Promise<void>
  choose(test: TestNow, addresses: readonly EndAddress[]): Promise<string>
  keepRaw(test: number, raw: readonly unknown[]): Promise<void>
  tell(told: FeedTold): void
}

/** How a task comes to its end. */
type End = Pick<ServedRequest, 'state' | 'error'>

/** A test whose client is driven here. */
interface Drive {
  readonly exercise: number
  readonly test: TestNow
  readonly controller: AbortController
  readonly done: Promise<void>
  /** It has what it asked the log for. */
  isHeld: boolean
  /** Why it was told to end. */
  why: End | undefined
}

/** Tests in the background overlap, within reason. */
const MAX_AT_ONCE = 32
/** Somebody else has the NIC: asked again this soon. */
const HOLD_AGAIN_MS = 1_500
const GIVE_UP_MS = 600_000
/** A stopping agent waits so long for what it ended. */
const STOP_MS = 4_000

/** Tests whose source is here: begins them when it is their turn, and brings each to its end. */
export class ClientSide {
  readonly #options: ClientSideOptions
  readonly #drives = new Map<number, Drive>()
  #isStopped = false

  constructor(options: ClientSideOptions) {
    this.#options = options
  }

  /** Whether a test is under way here. */
  drives(test: number): boolean {
    return this.#drives.has(test)
  }

  /** Each second or so, and when something was heard: ends what is to end, begins what may begin. */
  look(): void {
    if (this.#isStopped) return
    for (const drive of this.#drives.values()) {
      const why = this.#whyEnd(drive)
      if (why !== undefined) endDrive(drive, why)
    }
    for (const exercise of this.#options.ledger.exercises())
      if (exercise.startedAtMs !== null && exercise.endedAtMs === null && exercise.stoppedAtMs === null)
        this.#begin(exercise)
  }

  /** Ends all that runs. */
  async stop(): Promise<void> {
    this.#isStopped = true
    const drives = [...this.#drives.values()]
    for (const drive of drives) endDrive(drive, { state: 'failed', error: 'the agent of its host was stopped' })
    await Promise.race([Promise.all(drives.map(({ done }) => done)), later(STOP_MS)])
  }

  #begin(exercise: ExerciseBody): void {
    const { ledger, self } = this.#options
    for (const test of eligible(ledger.tests(exercise), self)) {
      if (this.#drives.size >= MAX_AT_ONCE) return
      if (this.#drives.has(test.spec.id)) continue
      const controller = new AbortController()
      const started = Promise.withResolvers<void>()
      const drive: Drive = {
        exercise: exercise.id,
        test,
        controller,
        done: started.promise,
        isHeld: false,
        why: undefined,
      }
      this.#drives.set(test.spec.id, drive)
      void this.#drive(drive).finally(started.resolve)
    }
  }

  #whyEnd({ exercise, test, isHeld }: Drive): End | undefined {
    const { ledger } = this.#options
    const body = ledger.find(exercise)
    if (body === undefined) return { state: 'canceled', error: 'the exercise was removed' }
    if (body.stoppedAtMs !== null) return { state: 'canceled', error: 'the exercise was stopped' }
    const { id } = test.spec
    if (body.canceled.includes(taskId(id, 'client')) || body.canceled.includes(taskId(id, 'server')))
      return { state: 'canceled', error: 'it was canceled' }
    if (body.endedAtMs !== null)
      return { state: 'timed_out', error: 'it had not come to an end when the exercise ended' }
    return isHeld && ledger.isDown(test.to.host) ? this.#isDown(test) : undefined
  }

  #isDown({ to }: TestNow): End {
    return { state: 'failed', error: `host ${this.#options.ledger.nameOf(to.host)} is down` }
  }

  async #drive(drive: Drive): Promise<void> {
    const { id } = drive.test.spec
    try {
      await this.#carryOut(drive)
    } catch (error) {
      this.#options.log.error({ err: error, test: id }, 'a test came to no end of its own')
      this.#finish(drive, { state: 'failed', error: messageOf(error) })
    } finally {
      await this.#options.holds.free(id)
      this.#drives.delete(id)
      this.look()
    }
  }

  async #carryOut(drive: Drive): Promise<void> {
    const { test, exercise } = drive
    const { clock } = this.#options
    const limitMs = limitOf(test)
    const port = await this.#hold(drive, limitMs)
    if (port === 'none') return
    this.#put(drive, (entry) => accept(entry, clock.nowMs(), port))
    const error = `it took longer than ${Math.ceil(limitMs / 1_000)} s`
    const timer = setTimeout(() => endDrive(drive, { state: 'timed_out', error }), limitMs)
    const outcome = await measureTest(this.#measuring(drive, port)).finally(() => clearTimeout(timer))
    const end = outcome.error === undefined ? ({ state: 'succeeded' } as const) : endOf(drive, outcome.error)
    // Before the NICs are free for others.
    await this.#options.served(test, { exercise, test: test.spec.id, ...end }).catch(() => undefined)
    if (end.state === 'succeeded' && outcome.result !== undefined) this.#tellOf(test, outcome.result)
    this.#finish(drive, end, outcome.result)
  }

  /** Its port; `none` where it ended before it had one. */
  async #hold(drive: Drive, limitMs: number): Promise<number | undefined | 'none'> {
    const { clock } = this.#options
    const { signal } = drive.controller
    const sinceMs = clock.monotonicMs()
    while (!signal.aborted) {
      const held = await this.#ask(drive, limitMs)
      if (signal.aborted) break
      if (held.type === 'held') {
        drive.isHeld = true
        return held.port
      }
      if (held.type === 'never') endDrive(drive, this.#isDown(drive.test))
      else if (clock.monotonicMs() - sinceMs > GIVE_UP_MS)
        endDrive(drive, { state: 'failed', error: `it waited 10 minutes in vain: ${held.why}` })
      else await later(HOLD_AGAIN_MS, signal)
    }
    this.#finish(drive, endOf(drive, undefined))
    return 'none'
  }

  /** While the host of its server is down it asks for nothing: that one may only restart, or this host is cut off. */
  async #ask({ test }: Drive, limitMs: number): Promise<Held | { readonly type: 'never' }> {
    const { ledger, holds } = this.#options
    const downMs = ledger.downForMs(test.to.host)
    if (downMs === undefined) return holds.hold(test, limitMs)
    if (downMs >= DOWN_MS && ledger.hasQuorum()) return { type: 'never' }
    return { type: 'later', why: this.#isDown(test).error ?? '' }
  }

  #measuring(drive: Drive, port: number | undefined): Measuring {
    const { exercise, test, controller } = drive
    const { serve, choose, keepRaw, ledger, clock } = this.#options
    return {
      exercise,
      test,
      port,
      signal: controller.signal,
      serve: () => serve(test, { exercise, port }),
      choose: (addresses) => choose(test, addresses),
      measure: (...ask) => this.#options.runnerOf(test.from).measure(...ask),
      began: () => this.#put(drive, (entry) => begin(entry, clock.nowMs())),
      keep: (raw) => keepRaw(test.spec.id, raw),
      judged: (bps) => judged(ledger, test, bps),
    }
  }

  #tellOf(test: TestNow, result: TestResult): void {
    const told = toldOf(this.#options.ledger, test, result)
    if (told !== undefined) this.#options.tell(told)
  }

  #finish(drive: Drive, end: End, result?: TestResult): void {
    const atMs = this.#options.clock.nowMs()
    this.#put(drive, (entry) => finish(entry, { ...end, atMs, ...(result === undefined ? {} : { result }) }))
  }

  /** Tells what became of its task, where that is something it can become. */
  #put({ exercise, test }: Drive, next: (entry: TaskEntry) => TaskEntry | undefined): void {
    const { ledger, self } = this.#options
    if (ledger.find(exercise) === undefined) return
    const id = taskId(test.spec.id, 'client')
    const entry = ledger.told(self, exercise, id) ?? { id, test: test.spec.id, role: 'client', state: 'pending' }
    const after = isTerminal(entry.state) ? undefined : next(entry)
    if (after !== undefined) ledger.putTasks(exercise, [after])
  }
}

/** The first reason counts. */
function endDrive(drive: Drive, why: End): void {
  drive.why ??= why
  drive.controller.abort()
}

/** Why a test ended: because it was told to, or by what went wrong. */
function endOf({ why }: Drive, error: unknown): End {
  if (why !== undefined) return why
  return {
    state: error instanceof MeshError && error.code === 'TIMEOUT' ? 'timed_out' : 'failed',
    error: messageOf(error),
  }
}

const MAX_ERROR = 1_000

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, MAX_ERROR)
