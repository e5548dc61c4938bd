import type { ExerciseView, ScheduleView, TaskView, TestView } from '#agent/port.ts'
import type { TaskState, TestParams, TestResult, Verdict } from '#core/model/iperf.ts'
import { DEFAULT_PARAMS, type Interval, isTerminal, type TaskRole, taskId } from '#core/model/iperf.ts'

/** When the samples begin: noon of 19 November 2026, UTC. */
export const SAMPLES_MS = Date.UTC(2026, 10, 19, 12)

/** What an exercise is beside what comes of its tests. */
export interface FakeExercise {
  readonly id: number
  readonly name: string
  readonly by: string
  readonly schedule?: string
  readonly params: TestParams
  readonly ends: readonly string[]
  readonly createdAtMs: number
  startedAtMs: number | null
  endedAtMs: number | null
  readonly all: TestView[]
}

interface Planned {
  readonly source: string
  readonly destination: string
  readonly round: number
}

const STATES = ['pending', 'accepted', 'running', 'succeeded', 'failed', 'timed_out', 'canceled'] as const

/** Each to each other one in both directions; no end twice in a round, as far as the first that fits goes. */
export function pairsOf(ends: readonly string[]): readonly (readonly [string, string])[] {
  const both = ends.flatMap((one, at) => ends.slice(at + 1).map((other) => [one, other] as const))
  return [...both, ...both.map(([one, other]) => [other, one] as const)]
}

/** In rounds, each pair in the first that has neither of its ends. */
export function roundsOf(pairs: readonly (readonly [source: string, destination: string])[]): readonly Planned[] {
  const busy: Set<string>[] = []
  return pairs.map(([source, destination]) => {
    const free = busy.findIndex((names) => !names.has(source) && !names.has(destination))
    const round = free === -1 ? busy.push(new Set()) - 1 : free
    busy[round]?.add(source).add(destination)
    return { source, destination, round }
  })
}

/** A test that nobody has begun. */
export function pendingTest(
  exercise: number,
  { id, source, destination, round }: Planned & { readonly id: number },
  params: TestParams,
): TestView {
  const task = (role: TaskRole, end: string): TaskView => {
    const host = end.startsWith('probe') || end.includes('/') ? 'a' : end
    return { id: taskId(id, role), exercise, test: id, role, state: 'pending', end, host }
  }
  const [server, client] = [task('server', destination), task('client', source)]
  return { id, exercise, source, destination, round, params, state: 'pending', server, client }
}

/** It runs, since `atMs`. */
export function begun(test: TestView, atMs: number): TestView {
  const times = { state: 'running', acceptedAtMs: atMs, startedAtMs: atMs } as const
  const port = 42_000 + (test.id % 1_000)
  return { ...test, state: 'running', server: { ...test.server, ...times, port }, client: { ...test.client, ...times } }
}

/** It came to an end. */
export function over(
  test: TestView,
  { state, atMs, error, result }: { state: TaskState; atMs: number; error?: string; result?: TestResult },
): TestView {
  const said = { state, endedAtMs: atMs, ...(error === undefined ? {} : { error }) }
  return {
    ...test,
    state,
    server: { ...test.server, ...said },
    client: { ...test.client, ...said },
    ...(error === undefined ? {} : { error }),
    ...(result === undefined ? {} : { result }),
  }
}

/** What a TCP or UDP test of ten seconds may come to, near `bps`. */
export function resultOf(bps: number, { protocol, samples }: TestParams, verdict?: Verdict): TestResult {
  const intervals = Array.from({ length: 10 }, (_, atS): Interval => ({ atS, bps: bps + (atS % 3) * 1e6 - 1e6 }))
  const rtt = { minMs: 0.31, meanMs: 0.42, maxMs: 0.9 }
  return {
    receivedBps: bps,
    sentBps: bps + 2e6,
    ...(protocol === 'tcp' ? { retransmits: 12, rtt } : { jitterMs: 0.08, lossRatio: 0.002 }),
    idle: rtt,
    loaded: { minMs: 0.4, meanMs: 3.1, maxMs: 9.7, lossRatio: 0 },
    isCpuBound: false,
    intervals,
    ...(samples > 2 ? { samplesBps: Array.from({ length: samples }, () => bps), confidenceBps: 2e6 } : {}),
    ...(verdict === undefined ? {} : { baseline: { bps: 940e6, ratio: bps / 940e6, verdict } }),
    retests: verdict === 'warn' || verdict === 'bad' ? 1 : 0,
  }
}

const VERDICTS: readonly Verdict[] = ['good', 'warn', 'bad']

/** As it is shown: counts, the round, the worst verdict. */
export function viewOf({ all, endedAtMs, startedAtMs, ...rest }: FakeExercise): ExerciseView {
  const states = Object.fromEntries(
    STATES.map((state) => [state, all.filter((test) => test.state === state).length]),
  ) as Record<TaskState, number>
  const rounds = Math.max(0, ...all.map(({ round }) => round + 1))
  const open = all.filter(({ state }) => !isTerminal(state)).map(({ round }) => round)
  const worst = Math.max(-1, ...all.map(({ result }) => VERDICTS.indexOf(result?.baseline?.verdict ?? ('' as Verdict))))
  return {
    ...rest,
    state: endedAtMs !== null ? 'ended' : startedAtMs !== null ? 'running' : 'created',
    startedAtMs,
    endedAtMs,
    rounds,
    round: Math.min(rounds, ...open),
    tests: all.length,
    states,
    estimatedS: rounds * (rest.params.timeS + 2),
    verdict: VERDICTS[worst] ?? null,
    all: [...all],
  }
}

const ROUND_MS = 12_000

/** Ended; c → d is a little slow, d → e is bad, e → a failed. */
function endedMesh(): FakeExercise {
  const ends = ['a', 'b', 'c', 'd', 'e']
  const planned = roundsOf(pairsOf(ends))
  const startedAtMs = SAMPLES_MS + 5_000
  const all = planned.map((one, at) => {
    const atMs = startedAtMs + one.round * ROUND_MS
    const test = begun(pendingTest(1_000, { id: 1_001 + at, ...one }, DEFAULT_PARAMS), atMs)
    const pair = one.source + one.destination
    const endedAtMs = atMs + 11_000
    if (pair === 'ea') return over(test, { state: 'failed', atMs: endedAtMs, error: 'unable to connect to server' })
    const result =
      pair === 'cd'
        ? resultOf(700e6, DEFAULT_PARAMS, 'warn')
        : resultOf(pair === 'de' ? 310e6 : 930e6 + at * 1e6, DEFAULT_PARAMS, pair === 'de' ? 'bad' : 'good')
    return over(test, { state: 'succeeded', atMs: endedAtMs, result })
  })
  const rounds = Math.max(...planned.map(({ round }) => round + 1))
  const name = 'nightly mesh'
  const endedAtMs = startedAtMs + rounds * ROUND_MS
  const made = { id: 1_000, name, by: 'a', schedule: 'nightly', params: DEFAULT_PARAMS, ends }
  return { ...made, createdAtMs: SAMPLES_MS, startedAtMs, endedAtMs, all }
}

/** From `a` to each other one and back; the second of eight rounds is on. */
function runningStar(): FakeExercise {
  const others = ['b', 'c', 'd', 'e']
  const planned = roundsOf(others.flatMap((one) => [['a', one] as const, [one, 'a'] as const]))
  const createdAtMs = SAMPLES_MS + 3_600_000
  const all = planned.map((one, at) => {
    const test = pendingTest(2_000, { id: 2_001 + at, ...one }, DEFAULT_PARAMS)
    if (one.round > 1) return test
    const atMs = createdAtMs + one.round * ROUND_MS
    const result = resultOf(941e6, DEFAULT_PARAMS, 'good')
    return one.round === 1
      ? begun(test, atMs)
      : over(begun(test, atMs), { state: 'succeeded', atMs: atMs + 11e3, result })
  })
  const made = { id: 2_000, name: 'star of a', by: 'b', params: DEFAULT_PARAMS, ends: ['a', ...others] }
  return { ...made, createdAtMs, startedAtMs: createdAtMs, endedAtMs: null, all }
}

/** Made, with no test yet. */
const idle = (): FakeExercise => ({
  id: 3_000,
  name: 'by hand',
  by: 'a',
  params: DEFAULT_PARAMS,
  ends: [],
  createdAtMs: SAMPLES_MS + 7_200_000,
  startedAtMs: null,
  endedAtMs: null,
  all: [],
})

/** A mesh of five hosts that ended (1000), one that runs (2000), one without tests (3000). */
export const sampleExercises = (): readonly FakeExercise[] => [endedMesh(), runningStar(), idle()]

/** One that ran, one that never did. */
export const SAMPLE_SCHEDULES: readonly ScheduleView[] = [
  {
    name: 'nightly',
    cron: '0 3 * * *',
    ask: { shape: 'mesh', ends: [], pairs: [], params: DEFAULT_PARAMS },
    by: 'a',
    createdAtMs: SAMPLES_MS - 86_400_000,
    nextMs: SAMPLES_MS + 15 * 3_600_000,
    last: 1_000,
  },
  {
    name: 'uplink',
    cron: '*/30 * * * *',
    ask: {
      shape: 'pairs',
      ends: [],
      pairs: [['a', 'probe-1']],
      params: { ...DEFAULT_PARAMS, protocol: 'udp', bitrateBps: 1e6 },
    },
    by: 'b',
    createdAtMs: SAMPLES_MS - 60_000,
    nextMs: SAMPLES_MS + 1_800_000,
    last: null,
  },
]
