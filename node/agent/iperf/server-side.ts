import { PORT_RANGE } from '#core/allocation/port.ts'
import { runLimitMs } from '#core/iperf/estimate.ts'
import { accept, begin, finish } from '#core/iperf/task.ts'
import type { TestNow } from '#core/iperf/view.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { type ExerciseBody, type Interval, isTerminal, type TaskEntry, taskId } from '#core/model/iperf.ts'
import type { Clock } from '#platform/clock.ts'
import { within } from './later.ts'
import type { Ledger } from './ledger.ts'
import { CLAIM_REST_MS, limitOf } from './limits.ts'
import type { LiveHere, ServedRequest, ServeRequest } from './requests.ts'
import type { EndAddress, Runner, Serving } from './runner.ts'

export interface ServerSideOptions {
  readonly self: HostId
  readonly clock: Clock
  readonly ledger: Ledger
  runnerOf(test: TestNow['to']): Runner
}

/** A server this host has, for one test. */
interface Active {
  readonly exercise: number
  readonly test: number
  readonly controller: AbortController
  readonly sinceMs: number
  readonly limitMs: number
  isStarting: boolean
  serving: Serving | undefined
  /** Of the sample under way; no more than a result keeps. */
  live: Interval[]
}

/** A server whose client is done ends by itself within this time. */
const BY_ITSELF_MS = 1_000

/** Servers for tests whose client is wherever it is. */
export class ServerSide {
  readonly #options: ServerSideOptions
  readonly #active = new Map<number, Active>()

  constructor(options: ServerSideOptions) {
    this.#options = options
  }

  /** One server that listens, for the next sample of a test; where it is reached. NOT_FOUND where it was not heard of yet, TEST_STATE, as `Runner.serve`. */
  async serve(from: HostId, ask: ServeRequest): Promise<readonly EndAddress[]> {
    const { exercise, test } = this.#asked(from, ask)
    const { clock } = this.#options
    const limitMs = limitOf(test)
    const active: Active = this.#active.get(ask.test) ?? {
      exercise: exercise.id,
      test: ask.test,
      controller: new AbortController(),
      sinceMs: clock.monotonicMs(),
      limitMs,
      isStarting: false,
      serving: undefined,
      live: [],
    }
    if (active.isStarting) throw new MeshError('TEST_STATE', `the server of test ${ask.test} is starting already`)
    this.#active.set(ask.test, active)
    active.isStarting = true
    try {
      await active.serving?.stop()
      this.#put(exercise.id, this.#entry(active), (entry) => accept(entry, clock.nowMs(), ask.port))
      active.serving = await this.#start(active, test, ask)
      if (active.controller.signal.aborted) throw new MeshError('TEST_STATE', `test ${ask.test} was ended`)
      this.#put(exercise.id, this.#entry(active), (entry) => begin(entry, clock.nowMs()))
      return active.serving.addresses
    } finally {
      active.isStarting = false
    }
  }

  /** The client is done with it. */
  async served(from: HostId, { exercise, test, state, error }: ServedRequest): Promise<void> {
    const now = this.#test(exercise, test)
    if (now === undefined || now.from.host !== from || now.to.host !== this.#options.self) return
    await this.#end(exercise, test, { state, ...(error === undefined ? {} : { error }) })
  }

  /** What goes through now, of the tests of an exercise whose server is here. */
  live(exercise: number): readonly LiveHere[] {
    return [...this.#active.values()].flatMap(({ exercise: of, test, live }) =>
      of === exercise && live.length > 0 ? [{ test, intervals: live }] : [],
    )
  }

  /** Each second or so: ends what nobody waits for any more. */
  look(): void {
    const { clock } = this.#options
    for (const { exercise, test, sinceMs, limitMs } of [...this.#active.values()]) {
      const now = this.#test(exercise, test)
      if (now === undefined) void this.#end(exercise, test, { state: 'canceled', error: 'the exercise was removed' })
      else if (isTerminal(now.server.state)) void this.#end(exercise, test, endOf(now.server))
      else if (clock.monotonicMs() - sinceMs > limitMs)
        void this.#end(exercise, test, { state: 'timed_out', error: 'nobody came for the server, or stayed too long' })
    }
  }

  /** Ends all that runs. */
  async stop(): Promise<void> {
    const why = { state: 'failed', error: 'the agent of its host was stopped' } as const
    await Promise.all([...this.#active.values()].map(({ exercise, test }) => this.#end(exercise, test, why)))
  }

  #asked(from: HostId, ask: ServeRequest): { readonly exercise: ExerciseBody; readonly test: TestNow } {
    const { ledger, self } = this.#options
    const exercise = ledger.find(ask.exercise)
    const test = this.#test(ask.exercise, ask.test)
    if (exercise === undefined || test === undefined || exercise.startedAtMs === null)
      throw new MeshError('NOT_FOUND', `exercise ${ask.exercise} was not heard of here yet`, { isEarly: true })
    const refuse = (why: string): never => {
      throw new MeshError('TEST_STATE', `test ${ask.test} gets no server: ${why}`, { test: ask.test })
    }
    if (test.to.host !== self) refuse('its destination is not here')
    if (test.from.host !== from) refuse(`host ${ledger.nameOf(from)} has not its source`)
    if (exercise.endedAtMs !== null) refuse('its exercise has ended')
    if (exercise.stoppedAtMs !== null) refuse('its exercise was stopped')
    if (isTerminal(test.server.state)) refuse(`its server ${test.server.state}`)
    if (test.params.tool !== 'ping' && !isOfPool(ask.port)) refuse('the port is none that tests use')
    return { exercise, test }
  }

  async #start(active: Active, { spec, to, from, params }: TestNow, ask: ServeRequest): Promise<Serving> {
    const waitMs = from.type === 'attached' ? CLAIM_REST_MS : 0
    const live: Interval[] = []
    active.live = live
    return this.#options.runnerOf(to).serve(
      {
        exercise: ask.exercise,
        test: spec.id,
        end: to,
        params,
        port: ask.port ?? 0,
        limitMs: runLimitMs(params) + waitMs,
        heard: (interval) => void live.push(interval),
      },
      active.controller.signal,
    )
  }

  async #end(exercise: number, test: number, end: Pick<ServedRequest, 'state' | 'error'>): Promise<void> {
    const { clock } = this.#options
    const active = this.#active.get(test)
    this.#active.delete(test)
    if (active?.serving !== undefined) {
      // Where all went well it is about to go by itself.
      if (end.state === 'succeeded') await within(active.serving.ended, BY_ITSELF_MS)
      await active.serving.stop()
    }
    active?.controller.abort()
    this.#put(exercise, this.#entry({ exercise, test }), (entry) => finish(entry, { ...end, atMs: clock.nowMs() }))
  }

  #entry({ exercise, test }: Pick<Active, 'exercise' | 'test'>): TaskEntry {
    const id = taskId(test, 'server')
    const { ledger, self } = this.#options
    return ledger.told(self, exercise, id) ?? { id, test, role: 'server', state: 'pending' }
  }

  /** Tells what became of a task, where that is something it can become. */
  #put(exercise: number, entry: TaskEntry, next: (entry: TaskEntry) => TaskEntry | undefined): void {
    const { ledger } = this.#options
    const after = ledger.find(exercise) === undefined ? undefined : next(entry)
    if (after !== undefined) ledger.putTasks(exercise, [after])
  }

  #test(exercise: number, test: number): TestNow | undefined {
    const { ledger } = this.#options
    const body = ledger.find(exercise)
    return body === undefined ? undefined : ledger.tests(body).find(({ spec }) => spec.id === test)
  }
}

const isOfPool = (port: number | undefined): boolean =>
  port !== undefined && port >= PORT_RANGE[0] && port <= PORT_RANGE[1]

const endOf = ({ state, error }: TestNow['server']): Pick<ServedRequest, 'state' | 'error'> => ({
  state: isTerminal(state) ? (state as ServedRequest['state']) : 'failed',
  ...(error === undefined ? {} : { error }),
})
