import type { HostId } from '#core/model/ids.ts'
import type { VerifiedRecord } from '#core/model/record.ts'
import type { IperfPort } from '../port-iperf.ts'
import { createAttachedSide } from './attached-side.ts'
import type { IperfDeps } from './deps.ts'
import { Exercises } from './exercises.ts'
import { Ledger } from './ledger.ts'
import { LiveRequest, parsed, RawRequest, ServedRequest, ServeRequest } from './requests.ts'
import { Results } from './results.ts'
import { createScheduleSide } from './schedule-side.ts'
import { createTestSide, type TestSide } from './test-side.ts'

/** Measuring: what the API asks, what other hosts ask, and what goes on by itself. */
export interface IperfSide {
  readonly port: IperfPort
  /** By name of the request; the body is not checked yet. */
  readonly requests: Readonly<Record<string, (body: unknown, from: HostId) => Promise<unknown>>>
  /** A record came from another host. */
  heard(record: VerifiedRecord): void
  start(): Promise<void>
  /** Ends what runs. */
  stop(): Promise<void>
}

const TICK_MS = 1_000
/** What comes in one go is looked at once. */
const KICK_MS = 50
/** So many times as long as a look takes until the next one: in a large mesh something is heard all the time, and looking must not disturb what is measured. */
const REST = 10

/** Puts it together; nothing runs before `start`. */
export function createIperfSide(deps: IperfDeps): IperfSide {
  const { self } = deps.engine
  let isRunning = false
  let kick: NodeJS.Timeout | undefined
  let tookMs = 0
  const timers: NodeJS.Timeout[] = []
  const soon = (): void => {
    if (!isRunning || kick !== undefined) return
    kick = setTimeout(
      () => {
        kick = undefined
        const sinceMs = deps.clock.monotonicMs()
        tests.look()
        tookMs = deps.clock.monotonicMs() - sinceMs
      },
      Math.max(KICK_MS, Math.min(TICK_MS, REST * tookMs)),
    )
  }
  const ledger = new Ledger({ ...deps, changed: soon })
  const exercises = new Exercises({ ...deps, ledger })
  const results = new Results({ ...deps, self, ledger })
  const attached = createAttachedSide({ ...deps, task: (id) => exercises.task(id) })
  const schedules = createScheduleSide({
    ...deps,
    plan: (ask) => exercises.plan(ask),
    exercises: () => results.list(),
    create: (...ask) => exercises.create(...ask),
  })
  const tests = createTestSide({ ...deps, ledger, results, attached: attached.runner })
  const tick = (): void => {
    exercises.look()
    attached.look()
    schedules.look()
    tests.look()
  }
  return {
    port: portOf({ exercises, results, schedules, tests, attached: attached.port }),
    requests: {
      'iperf-serve': async (body, from) => tests.serve(from, parsed(ServeRequest, body)),
      'iperf-served': async (body, from) => tests.served(from, parsed(ServedRequest, body)),
      'iperf-live': async (body) => tests.liveHere(parsed(LiveRequest, body).exercise),
      'iperf-raw': async (body) => results.rawHere(parsed(RawRequest, body).test),
      'iperf-attached': async (body) => attached.answer(body),
    },
    heard: ({ kind }) => {
      if (kind === 'exercise' || kind === 'tasks') soon()
    },
    start: async () => {
      isRunning = true
      await tests.start()
      timers.push(setInterval(tick, TICK_MS))
    },
    stop: async () => {
      isRunning = false
      clearTimeout(kick)
      for (const timer of timers) clearInterval(timer)
      await tests.stop()
    },
  }
}

interface Behind {
  readonly exercises: Exercises
  readonly results: Results
  readonly schedules: ReturnType<typeof createScheduleSide>
  readonly tests: Pick<TestSide, 'live'>
  readonly attached: IperfPort['attached']
}

const portOf = ({ exercises, results, schedules, tests, attached }: Behind): IperfPort => ({
  plan: (ask) => exercises.plan(ask),
  create: (ask) => exercises.create(ask),
  addTest: (...ask) => exercises.addTest(...ask),
  start: (id) => exercises.start(id),
  stop: (id) => exercises.stop(id),
  remove: (id) => exercises.remove(id),
  list: () => results.list(),
  exercise: (id) => exercises.view(id),
  live: (id) => tests.live(id),
  tasks: (filter) => results.tasks(filter),
  task: (id) => exercises.task(id),
  cancelTask: (id) => exercises.cancelTask(id),
  raw: (test) => results.raw(test),
  matrix: (exercise) => results.matrix(exercise),
  reservations: () => results.reservations(),
  schedules: () => schedules.list(),
  setSchedule: (ask) => schedules.set(ask),
  removeSchedule: (name) => schedules.remove(name),
  attached,
})
