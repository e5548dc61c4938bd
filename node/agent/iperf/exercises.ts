import type { Engine } from '#core/engine/engine.ts'
import { planMore } from '#core/iperf/plan-more.ts'
import { retired } from '#core/iperf/retire.ts'
import { MeshError } from '#core/model/errors.ts'
import type { FeedTold } from '#core/model/feed.ts'
import { type ExerciseBody, isTerminal, type TestParams, testOfTask } from '#core/model/iperf.ts'
import type { CommandValue } from '#core/state/commands.ts'
import type { Clock } from '#platform/clock.ts'
import type { Proposals } from '../consensus/proposals.ts'
import type { Loop } from '../loop.ts'
import type { ExerciseAsk, ExercisePlan, ExerciseView, TaskView, TestView } from '../port-iperf.ts'
import type { FromSchedule } from './due.ts'
import type { Ledger } from './ledger.ts'
import { nameOf, planned, refuse, showPlan, startText } from './planning.ts'
import { tasksOf, testView, viewOf } from './views.ts'
import { worldOf } from './world.ts'

export interface ExercisesOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly ledger: Ledger
  readonly loop: Pick<Loop, 'idle'>
  readonly proposals: Pick<Proposals, 'submit'>
  tell(told: FeedTold): void
}

/** What may change of an exercise, and stays so once it is: of two hosts that write at once one is not heard, and says it again. */
type Wish = (held: ExerciseBody) => ExerciseBody

/** A wish that nobody heard is said again for so long. */
const WISH_MS = 10_000

/** What people wish of exercises: one record each, that all hosts have. */
export class Exercises {
  readonly #options: ExercisesOptions
  #wishes: readonly { readonly id: number; readonly wish: Wish; readonly untilMs: number }[] = []

  constructor(options: ExercisesOptions) {
    this.#options = options
  }

  async plan(ask: ExerciseAsk): Promise<ExercisePlan> {
    return showPlan(planned(ask, this.#world()))
  }

  /** As `IperfPort.create`; for a schedule with who asks for it: asked twice there is one. */
  async create(ask: ExerciseAsk & { readonly start: boolean }, from?: FromSchedule): Promise<ExerciseView> {
    const { ledger, clock, engine } = this.#options
    const plan = planned(ask, this.#world())
    const id = await this.#numbers(1 + plan.tests.length, from?.requestId)
    if (ledger.find(id) !== undefined) return this.view(id)
    const createdAtMs = clock.nowMs()
    const body: ExerciseBody = {
      id,
      name: ask.name?.trim() || from?.schedule || nameOf(plan, ask.shape) || `exercise ${id}`,
      by: engine.self,
      createdAtMs,
      params: plan.params,
      ends: plan.ends,
      tests: plan.tests.map((test, at) => ({ id: id + 1 + at, ...test })),
      ...(from === undefined ? {} : { schedule: from.schedule }),
      startedAtMs: ask.start ? createdAtMs : null,
      stoppedAtMs: null,
      endedAtMs: null,
      canceled: [],
    }
    ledger.put(body)
    if (ask.start) this.#tellStart(body)
    this.#retire()
    await this.#options.loop.idle()
    return this.view(id)
  }

  async addTest(
    exercise: number,
    ask: { readonly source: string; readonly destination: string; readonly params?: Partial<TestParams> },
  ): Promise<TestView> {
    const { ledger } = this.#options
    const refused = (held: ExerciseBody): ExerciseBody => {
      if (held.startedAtMs === null && held.endedAtMs === null) return held
      throw new MeshError('TEST_STATE', `exercise ${exercise} was started; a test cannot be added to it`, { exercise })
    }
    // What is wrong is told before a number is spent.
    refuse(planMore(refused(ledger.exercise(exercise)), { id: exercise + 1, ...ask }, this.#world()))
    const id = await this.#numbers(1)
    refused(ledger.exercise(exercise))
    await this.#wish(exercise, (held) => {
      if (held.startedAtMs !== null || held.tests.some((one) => one.id === id)) return held
      const { ends, tests, problems } = planMore(held, { id, ...ask }, this.#world())
      return problems.length > 0 ? held : { ...held, ends, tests }
    })
    return this.test(id)
  }

  async start(id: number): Promise<ExerciseView> {
    const body = this.#options.ledger.exercise(id)
    const refused = (why: string): never => {
      throw new MeshError('TEST_STATE', `exercise ${id} cannot be started: ${why}`, { exercise: id })
    }
    if (body.endedAtMs !== null) refused('it has ended')
    if (body.stoppedAtMs !== null) refused('it was stopped')
    if (body.tests.length === 0) refused('it has no test')
    if (body.startedAtMs !== null) return this.view(id)
    const atMs = this.#options.clock.nowMs()
    await this.#wish(id, (held) => (held.startedAtMs === null ? { ...held, startedAtMs: atMs } : held))
    this.#tellStart(body)
    return this.view(id)
  }

  async stop(id: number): Promise<ExerciseView> {
    const body = this.#options.ledger.exercise(id)
    if (body.endedAtMs !== null || body.stoppedAtMs !== null) return this.view(id)
    const atMs = this.#options.clock.nowMs()
    await this.#wish(id, (held) => {
      if (held.stoppedAtMs !== null || held.endedAtMs !== null) return held
      // Of what was never started nothing goes on.
      return { ...held, stoppedAtMs: atMs, endedAtMs: held.startedAtMs === null ? atMs : null }
    })
    return this.view(id)
  }

  async remove(id: number): Promise<void> {
    const { ledger, loop } = this.#options
    const body = ledger.exercise(id)
    if (body.startedAtMs !== null && body.endedAtMs === null)
      throw new MeshError('TEST_STATE', `exercise ${id} runs; stop it first`, { exercise: id })
    ledger.remove(body)
    await loop.idle()
  }

  async cancelTask(id: number): Promise<TaskView> {
    const { test, role } = testOfTask(id)
    const task = this.task(id)
    const { client } = this.test(test)
    if (isTerminal(task.state) || isTerminal(client.state))
      throw new MeshError('TEST_STATE', `task ${id} has ended: ${task.state.replace('_', ' ')}`, { task: id, role })
    await this.#wish(task.exercise, (held) =>
      held.canceled.includes(id) ? held : { ...held, canceled: [...held.canceled, id] },
    )
    return this.task(id)
  }

  view(id: number): ExerciseView {
    const { ledger } = this.#options
    const body = ledger.exercise(id)
    return viewOf(body, ledger.tests(body), ledger)
  }

  /** NOT_FOUND. */
  test(id: number): TestView {
    const { ledger } = this.#options
    const body = ledger.ofTest(id)
    const found = ledger.tests(body).find(({ spec }) => spec.id === id)
    if (found === undefined) throw new MeshError('NOT_FOUND', `there is no test ${id}`, { test: id })
    return testView(body.id, found, ledger)
  }

  /** NOT_FOUND. */
  task(id: number): TaskView {
    const { ledger } = this.#options
    const { test, role } = testOfTask(id)
    const none = new MeshError('NOT_FOUND', `there is no task ${id}`, { task: id })
    const body = ledger.findOfTest(test)
    const found = body && ledger.tests(body).find(({ spec }) => spec.id === test)
    if (body === undefined || found === undefined) throw none
    return tasksOf(body.id, found, ledger)[role]
  }

  /** Each second or so: says again what was not heard. */
  look(): void {
    const { clock, ledger } = this.#options
    const nowMs = clock.monotonicMs()
    this.#wishes = this.#wishes.filter(({ id, untilMs }) => untilMs > nowMs && ledger.find(id) !== undefined)
    for (const { id, wish } of this.#wishes) ledger.change(id, wish)
  }

  #world() {
    return worldOf(this.#options.engine, this.#options.ledger.attached())
  }

  async #numbers(count: number, requestId?: string): Promise<number> {
    const { proposals } = this.#options
    const value = await proposals.submit({ type: 'number', name: 'iperf', count }, requestId)
    return (value as Extract<CommandValue, { type: 'number' }>).first
  }

  async #wish(id: number, wish: Wish): Promise<void> {
    const { ledger, clock, loop } = this.#options
    ledger.change(id, wish)
    this.#wishes = [...this.#wishes, { id, wish, untilMs: clock.monotonicMs() + WISH_MS }]
    await loop.idle()
  }

  #tellStart(body: ExerciseBody): void {
    this.#options.tell({ level: 'info', code: 'EXERCISE_STARTED', message: startText(body) })
  }

  /** The oldest that ended make room. */
  #retire(): void {
    const { ledger } = this.#options
    for (const body of retired(ledger.exercises())) ledger.remove(body)
  }
}
