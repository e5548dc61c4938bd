import type { ExerciseView } from '#agent/port-iperf.ts'
import { DEFAULT_PARAMS, type TestParams } from '#core/model/iperf.ts'
import type { FakeAgent } from '#testing/fake-agent.ts'
import {
  begun,
  type FakeExercise,
  over,
  pairsOf,
  pendingTest,
  resultOf,
  roundsOf,
  SAMPLES_MS,
} from '#testing/fake-iperf-samples.ts'

/** The samples of the fake call hosts `a` to `e`, and are of another day. */
const TIMES = /("(?:\w*AtMs|sinceMs|untilMs|nextMs|atMs)":)(\d+)/g
const shiftMs = Date.now() - SAMPLES_MS - 3 * 3_600_000

const inward = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(/"host-([a-e])"/g, '"$1"'))
const outward = (value: unknown): unknown =>
  value === undefined
    ? undefined
    : JSON.parse(
        JSON.stringify(value)
          .replaceAll(/"([a-e])"/g, '"host-$1"')
          .replaceAll(TIMES, (_, name: string, at: string) => `${name}${Number(at) + shiftMs}`),
      )

/** Exercises as the mesh of `sample-mesh.ts` would have them. */
export function fillTests(agent: FakeAgent): void {
  for (const one of [laterMesh(), slowUdp(), stopped()]) agent.iperf.kept.set(one.id, one)
  const named = new Proxy(agent.iperf, {
    get(target, name, self) {
      if (name === 'attached')
        return new Proxy(target.attached, { get: (from, key) => spoken(Reflect.get(from, key), from) })
      return spoken(Reflect.get(target, name, self), target)
    },
  })
  Object.defineProperty(agent, 'iperf', { value: named })
  setInterval(() => agent.iperf.step(), 5_000)
}

/** A function that is asked and answers with the names of this mesh. */
const spoken = (value: unknown, of: object): unknown => {
  if (typeof value !== 'function') return value
  return (...asked: readonly unknown[]) => {
    const answer: unknown = value.apply(of, asked.map(inward))
    return answer instanceof Promise ? answer.then(outward) : outward(answer)
  }
}

interface Made {
  readonly id: number
  readonly name: string
  readonly params?: Partial<TestParams>
  readonly ends: readonly string[]
  readonly hoursAgo: number
}

/** Each test of a mesh as `how` ends it. */
function meshOf(
  { id, name, params: change, ends, hoursAgo }: Made,
  how: (test: ExerciseView['all'][number], atMs: number) => ExerciseView['all'][number],
): FakeExercise {
  const params = { ...DEFAULT_PARAMS, ...change }
  const createdAtMs = SAMPLES_MS + (3 - hoursAgo) * 3_600_000
  const all = roundsOf(pairsOf(ends)).map((one, at) => {
    const atMs = createdAtMs + one.round * 12_000
    return how(begun(pendingTest(id, { id: id + 1 + at, ...one }, params), atMs), atMs + 11_000)
  })
  const times = { createdAtMs, startedAtMs: createdAtMs, endedAtMs: createdAtMs + 200_000 }
  return { id, name, by: 'b', params, ends, ...times, all }
}

const NAMES = ['a', 'b', 'c', 'd', 'e']

/** To compare with the mesh of the night before. */
const laterMesh = (): FakeExercise =>
  meshOf({ id: 3_100, name: 'after the new cable', ends: NAMES, hoursAgo: 1 }, (test, atMs) => {
    const [bps, verdict] =
      test.source === 'd' && test.destination === 'e'
        ? [925e6, 'good' as const]
        : test.source === 'b'
          ? [620e6, 'warn' as const]
          : [938e6, 'good' as const]
    const result = resultOf(bps, test.params, verdict)
    const intervals = result.intervals.map((one, at) => ({
      ...one,
      bps: bps * (at === 4 ? 0.6 : 1 - (at % 4) / 60),
      retransmits: at === 4 ? 31 : at % 3,
    }))
    return over(test, { state: 'succeeded', atMs, result: { ...result, intervals, isCpuBound: test.source === 'c' } })
  })

const slowUdp = (): FakeExercise =>
  meshOf(
    {
      ...{ id: 3_200, name: 'voice', ends: ['probe-1', 'frr01/r1', 'frr01/r3'], hoursAgo: 0.5 },
      params: { protocol: 'udp', bitrateBps: 200_000, class: 'background', samples: 3 },
    },
    (test, atMs) =>
      over(test, {
        state: 'succeeded',
        atMs,
        result: { ...resultOf(198_000, test.params), samplesBps: [197e3, 198e3, 199e3], confidenceBps: 900 },
      }),
  )

const stopped = (): FakeExercise =>
  meshOf({ id: 3_300, name: 'stopped by hand', ends: ['a', 'b', 'c'], hoursAgo: 0.2 }, (test, atMs) =>
    test.round === 0
      ? over(test, { state: 'succeeded', atMs, result: resultOf(941e6, test.params) })
      : test.round === 1
        ? over(test, { state: 'canceled', atMs, result: { ...resultOf(500e6, test.params), isPartial: true } })
        : over(test, {
            state: test.round === 2 ? 'timed_out' : 'canceled',
            atMs,
            ...(test.round === 2 ? { error: 'host-b did not answer for 30 s' } : {}),
          }),
  )
