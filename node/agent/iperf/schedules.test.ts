import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { DEFAULT_PARAMS } from '#core/model/iperf.ts'
import type { RecordDraft } from '#core/model/record.ts'
import { benchHost, EngineBench } from '#testing/engine-bench.ts'
import { until, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import { isBodyReadable } from '../bodies.ts'
import type { ExerciseAsk, ExerciseSummary } from '../port-iperf.ts'
import { createScheduleSide, type ScheduleSide } from './schedule-side.ts'

const [a, b] = [benchHost('a', 1), benchHost('b', 2)]
const DAY_MS = 24 * 3600 * 1000

describe('schedules', () => {
  useVirtualTime()
  let bench: EngineBench
  let side: ScheduleSide
  let exercises: Pick<ExerciseSummary, 'id' | 'schedule' | 'state' | 'createdAtMs'>[]
  let created: { readonly ask: ExerciseAsk; readonly requestId: string }[]
  const fatal: unknown[] = []

  const publish = (draft: RecordDraft): void => {
    expect(isBodyReadable(bench.sign(draft, a))).toBe(true)
    bench.hear(draft, a)
  }

  beforeEach(() => {
    bench = new EngineBench({ hosts: [a, b] })
    exercises = []
    created = []
    side = createScheduleSide({
      engine: bench.engine,
      clock: virtualClock,
      loop: { idle: async () => {} },
      publish,
      plan: async ({ ends = [] }) => {
        if (ends.includes('x')) throw new MeshError('NOT_FOUND', 'there is no host x')
        return { tests: [], rounds: 0, estimatedS: 0, estimatedBytes: null, notes: [] }
      },
      exercises: () => exercises,
      create: async (ask, { schedule, requestId }) => {
        created.push({ ask, requestId })
        exercises.unshift({ id: 5, schedule, state: 'running', createdAtMs: virtualClock.nowMs() })
      },
      tell: () => expect.fail('nothing is missed'),
      onFatal: (error) => fatal.push(error),
    })
  })
  afterEach(() => {
    expect(fatal).toEqual([])
  })

  test('are made, changed, listed and removed', async () => {
    const nowMs = virtualClock.nowMs()
    const made = await side.set({ name: 'nightly', cron: ' 0 3 * * * ', shape: 'mesh', params: { timeS: 5 } })
    expect(made).toEqual({
      name: 'nightly',
      cron: '0 3 * * *',
      ask: { shape: 'mesh', ends: [], pairs: [], params: { ...DEFAULT_PARAMS, timeS: 5 } },
      by: 'a',
      createdAtMs: nowMs,
      nextMs: nowMs + 3 * 3600 * 1000,
      last: null,
    })
    await side.set({ name: 'nightly', cron: '@daily', shape: 'pairs', pairs: [['a', 'b']] })
    exercises.push({ id: 12, schedule: 'nightly', state: 'ended', createdAtMs: nowMs })
    exercises.push({ id: 8, schedule: 'nightly', state: 'ended', createdAtMs: nowMs })
    expect(side.list()).toMatchObject([{ ask: { pairs: [['a', 'b']] }, nextMs: nowMs + DAY_MS, last: 12 }])
    await side.remove('nightly')
    expect(side.list()).toEqual([])
    await expect(side.remove('nightly')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await side.set({ name: 'nightly', cron: '@daily', shape: 'mesh' })
    expect(side.list()).toHaveLength(1)
  })

  test('all that is wrong is told at once', async () => {
    await expect(side.set({ name: 'a b', cron: '0 0 31 2 *', shape: 'mesh', ends: ['x'] })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      details: { problems: [/^name/, /never due/, /no host x/].map((text) => expect.stringMatching(text)) },
    })
    await expect(side.set({ name: 'n', cron: '0 0 31', shape: 'mesh' })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    await expect(side.set({ name: 'n', cron: '@daily', shape: 'mesh', ends: ['x'] })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(side.list()).toEqual([])
  })

  test('begin on the host that leads, as they were asked for', async () => {
    await side.set({ name: 'often', cron: '* * * * *', shape: 'pairs', pairs: [['a', 'b']], params: { timeS: 1 } })
    side.look()
    expect(created).toEqual([])
    await until('a leader', () => {
      bench.do({ type: 'tick' })
      return bench.engine.leader.host === a.id
    })
    side.look()
    side.look()
    await until('begun', () => created.length > 0)
    const minute = Math.floor(virtualClock.nowMs() / 60_000)
    expect(created).toMatchObject([
      {
        ask: { name: 'often', start: true, pairs: [['a', 'b']], params: { timeS: 1, protocol: 'tcp' } },
        requestId: `schedule/often/${minute}`,
      },
    ])
  })
})
