import type {
  ExerciseAsk,
  ExercisePlan,
  ExerciseView,
  IperfPort,
  MatrixCell,
  ScheduleView,
  TestReservation,
  TestView,
} from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import { DEFAULT_PARAMS, isTerminal, type TestParams, testOfTask } from '#core/model/iperf.ts'
import { type FakeAttached, fakeAttached } from './fake-iperf-attached.ts'
import {
  begun,
  type FakeExercise,
  over,
  pairsOf,
  pendingTest,
  resultOf,
  roundsOf,
  SAMPLE_SCHEDULES,
  SAMPLES_MS,
  sampleExercises,
  viewOf,
} from './fake-iperf-samples.ts'

/** An `IperfPort` in memory; nothing goes on in it but what a test asks for. */
export interface FakeIperf extends IperfPort {
  /** What there is, by number; a test may change it. */
  readonly kept: Map<number, FakeExercise>
  /** What was asked for with `create`, oldest first. */
  readonly asked: (ExerciseAsk & { readonly start: boolean })[]
  /** All that runs goes on: tests that run succeed with `bps` (940 Mbit/s unless told), or the next round begins. */
  step(bps?: number): void
  /** Steps until an exercise has ended. */
  finish(exercise: number): void
  /** The next call of this method rejects (or throws) with `error`; `undefined` mends it. */
  fail(method: keyof IperfPort, error: unknown): void
  readonly attached: FakeAttached
}

const HOSTS = ['a', 'b', 'c', 'd', 'e']
const missing = (what: string): MeshError => new MeshError('NOT_FOUND', `there is no ${what}`)

/** A fresh one with samples: hosts `a` to `e`, any lab node, attached machines `probe-1` and `probe-2`. */
export function createFakeIperf(): FakeIperf {
  const failures = new Map<keyof IperfPort, unknown>()
  const kept = new Map(sampleExercises().map((one) => [one.id, one]))
  const schedules = new Map(SAMPLE_SCHEDULES.map((one) => [one.name, one]))
  const asked: FakeIperf['asked'] = []
  let [nowMs, nextId] = [SAMPLES_MS + 3 * 3_600_000, 4_000]
  const guard = (method: keyof IperfPort): void => {
    if (failures.has(method)) throw failures.get(method)
  }
  const known = (id: number): FakeExercise => {
    const one = kept.get(id)
    if (one === undefined) throw missing(`exercise ${id}`)
    return one
  }
  const change = (one: FakeExercise, how: (test: TestView) => TestView): void => {
    for (const [at, test] of one.all.entries()) one.all[at] = how(test)
    if (one.all.every(({ state }) => isTerminal(state)) && one.startedAtMs !== null) one.endedAtMs ??= nowMs
  }
  const tests = (): readonly TestView[] => [...kept.values()].flatMap(({ all }) => all)
  const testOf = (id: number): TestView => {
    const found = tests().find((test) => test.id === id)
    if (found === undefined) throw missing(`test ${id}`)
    return found
  }
  const stepOne = (one: FakeExercise, bps: number): void => {
    const { round } = viewOf(one)
    const runs = one.all.some(({ state }) => state === 'running')
    change(one, (test) => {
      if (test.round !== round || isTerminal(test.state)) return test
      if (!runs) return begun(test, nowMs)
      return over(test, { state: 'succeeded', atMs: nowMs, result: resultOf(bps, test.params) })
    })
  }
  const knownEnds = (names: readonly string[]): void => {
    const machines = fake.attached.list().map(({ name }) => name)
    const unknown = names.filter((name) => ![...HOSTS, ...machines].includes(name) && !/^[^/]+\/[^/]+$/.test(name))
    if (unknown.length > 0) throw new MeshError('NOT_FOUND', `nobody knows ${unknown.join(', ')}`, { ends: unknown })
  }
  const planned = ({ shape, ends = [], pairs = [] }: ExerciseAsk): ReturnType<typeof roundsOf> => {
    const names = ends.length === 0 && pairs.length === 0 && shape === 'mesh' ? HOSTS : ends
    knownEnds([...names, ...pairs.flat()])
    return roundsOf(shape === 'mesh' ? pairsOf(names) : pairs)
  }
  const start = (one: FakeExercise): ExerciseView => {
    if (one.endedAtMs !== null) throw new MeshError('TEST_STATE', `exercise ${one.id} has ended`)
    if (one.all.length === 0) throw new MeshError('TEST_STATE', `exercise ${one.id} has no test`)
    if (one.startedAtMs === null) {
      one.startedAtMs = nowMs
      stepOne(one, 0)
    }
    return viewOf(one)
  }
  const fake: FakeIperf = {
    kept,
    asked,
    attached: fakeAttached(),
    fail: (method, error) => void (error === undefined ? failures.delete(method) : failures.set(method, error)),
    step(bps = 940e6) {
      nowMs += 6_000
      for (const one of kept.values()) if (viewOf(one).state === 'running') stepOne(one, bps)
    },
    finish(id) {
      while (viewOf(known(id)).state === 'running') fake.step()
    },
    async plan(ask): Promise<ExercisePlan> {
      guard('plan')
      const [all, params] = [planned(ask), { ...DEFAULT_PARAMS, ...ask.params }]
      const rounds = Math.max(0, ...all.map(({ round }) => round + 1))
      const bits = params.bitrateBps === undefined ? null : params.bitrateBps * params.timeS * params.parallel
      const estimatedBytes = bits === null ? null : (bits / 8) * all.length * params.samples
      return { tests: all, rounds, estimatedS: rounds * (params.timeS + 2), estimatedBytes, notes: [] }
    },
    async create(ask) {
      guard('create')
      asked.push(ask)
      const [all, params] = [planned(ask), { ...DEFAULT_PARAMS, ...ask.params }]
      const id = nextId
      nextId += 1 + all.length
      const one: FakeExercise = {
        id,
        name: ask.name ?? `exercise ${id}`,
        by: 'a',
        params,
        ends: [...new Set(all.flatMap(({ source, destination }) => [source, destination]))],
        createdAtMs: nowMs,
        startedAtMs: null,
        endedAtMs: null,
        all: all.map((test, at) => pendingTest(id, { id: id + 1 + at, ...test }, params)),
      }
      kept.set(id, one)
      return ask.start ? start(one) : viewOf(one)
    },
    async addTest(exercise, { source, destination, params }) {
      guard('addTest')
      const one = known(exercise)
      if (one.startedAtMs !== null) throw new MeshError('TEST_STATE', `exercise ${exercise} was started`)
      knownEnds([source, destination])
      const merged: TestParams = { ...one.params, ...params }
      const test = pendingTest(exercise, { id: nextId++, source, destination, round: one.all.length }, merged)
      one.all.push(test)
      return test
    },
    async start(exercise) {
      guard('start')
      return start(known(exercise))
    },
    async stop(exercise) {
      guard('stop')
      const one = known(exercise)
      if (one.endedAtMs !== null) return viewOf(one)
      const partial = (test: TestView) => ({ ...resultOf(500e6, test.params), isPartial: true as const })
      change(one, (test) => {
        if (isTerminal(test.state)) return test
        const result = test.state === 'running' ? { result: partial(test) } : {}
        return over(test, { state: 'canceled', atMs: nowMs, ...result })
      })
      one.endedAtMs = nowMs
      return viewOf(one)
    },
    async remove(exercise) {
      guard('remove')
      if (viewOf(known(exercise)).state === 'running') throw new MeshError('TEST_STATE', `exercise ${exercise} runs`)
      kept.delete(exercise)
    },
    list() {
      guard('list')
      return [...kept.values()].toReversed().map((one) => summaryOf(viewOf(one)))
    },
    exercise(id) {
      guard('exercise')
      return viewOf(known(id))
    },
    async live(id) {
      guard('live')
      return known(id)
        .all.filter(({ state }) => state === 'running')
        .map(({ id: test, source, destination, client }, at) => ({
          ...{ test, source, destination },
          intervals: secondsOf(nowMs - (client.startedAtMs ?? nowMs)).map((atS) => ({
            atS,
            bps: (900 - 150 * at + 20 * (atS % 3)) * 1e6,
          })),
        }))
    },
    tasks({ exercise, state }) {
      guard('tasks')
      return tests()
        .filter((test) => exercise === undefined || test.exercise === exercise)
        .flatMap(({ server, client }) => [server, client])
        .filter((task) => state === undefined || task.state === state)
    },
    task(id) {
      const { test, role } = testOfTask(id)
      return testOf(test)[role]
    },
    async cancelTask(id) {
      guard('cancelTask')
      const { test, role } = testOfTask(id)
      const found = testOf(test)
      if (isTerminal(found.state)) throw new MeshError('TEST_STATE', `task ${id} is ${found.state}`)
      const ended = over(found, { state: 'canceled', atMs: nowMs })
      change(known(found.exercise), (one) => (one.id === test ? ended : one))
      return ended[role]
    },
    async raw(test) {
      guard('raw')
      const { result } = testOf(test)
      return result === undefined ? [] : [{ end: { sum_received: { bits_per_second: result.receivedBps } } }]
    },
    matrix(exercise) {
      guard('matrix')
      const from = exercise === undefined ? tests() : known(exercise).all
      const cells = new Map(
        from
          .filter(({ state }) => isTerminal(state))
          .map((test) => [`${test.source} ${test.destination}`, cellOf(test)]),
      )
      return {
        ends: [...new Set(from.flatMap(({ source, destination }) => [source, destination]))],
        cells: [...cells.values()],
      }
    },
    async reservations() {
      guard('reservations')
      return tests()
        .filter(({ state }) => state === 'running')
        .flatMap(heldBy)
    },
    schedules: () => [...schedules.values()],
    async setSchedule({ name, cron, ...ask }) {
      guard('setSchedule')
      if (cron.split(' ').length !== 5) throw new MeshError('BAD_INPUT', `${cron} is no line of crontab(5)`)
      planned(ask)
      const nextMs = nowMs + 3_600_000
      const view: ScheduleView = { name, cron, ask, by: 'a', createdAtMs: nowMs, nextMs, last: null }
      schedules.set(name, view)
      return view
    },
    async removeSchedule(name) {
      if (!schedules.delete(name)) throw missing(`schedule ${name}`)
    },
  }
  return fake
}

const secondsOf = (ms: number): readonly number[] => Array.from({ length: Math.ceil(ms / 1_000) + 3 }, (_, at) => at)

const summaryOf = ({ params: _params, ends: _ends, all: _all, ...summary }: ExerciseView) => summary

function cellOf({ source, destination, exercise, id, state, client, error, result }: TestView): MatrixCell {
  const { verdict, ratio } = result?.baseline ?? {}
  return {
    source,
    destination,
    exercise,
    test: id,
    state,
    atMs: client.endedAtMs ?? null,
    ...(result === undefined ? {} : { receivedBps: result.receivedBps }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(ratio === undefined ? {} : { ratio }),
    ...(error === undefined ? {} : { error }),
  }
}

function heldBy({ id, server, client, params }: TestView): readonly TestReservation[] {
  const sinceMs = client.startedAtMs ?? 0
  const all = { owner: `test/${id}`, test: id, sinceMs, untilMs: sinceMs + params.timeS * 1_000 + 40_000 }
  return [
    { ...all, type: 'nic', of: client.host },
    { ...all, type: 'nic', of: server.host },
    { ...all, type: 'port', of: server.host, port: server.port ?? 0 },
  ]
}
