import { describe, expect, it } from 'vitest'
import {
  EXERCISE_KEPT_MS,
  MAX_TESTS,
  type ScheduleBody,
  type TaskEntry,
  type TestResult,
  taskId,
} from '../model/iperf.ts'
import { MAX_RECORD_BYTES, type RecordDraft, type SignedRecord } from '../model/record.ts'
import { encodeRecord } from '../record/encode.ts'
import { TOMBSTONE_MS } from '../record/expire.ts'
import { MAX_TESTS_OF_HOST, planExercise } from './plan.ts'
import {
  attachedDraft,
  attachedOf,
  exerciseDraft,
  exerciseOf,
  scheduleDraft,
  scheduleOf,
  tasksDraft,
  tasksOf,
} from './records.ts'
import { exercise, task } from './testdata/exercise.ts'
import { idOf, world } from './testdata/world.ts'

const self = idOf('a')
const by = { wallMs: 1_700_000_000_000, self }
const sizeOf = (draft: RecordDraft): number => {
  const record: SignedRecord = { ...draft, author: self, fresh: [1, 1000, 1_000_000], signature: 'x'.repeat(86) }
  return encodeRecord(record).length
}

describe('exercise, schedule and attached records', () => {
  it('come after those that are held', () => {
    const first = exerciseDraft(exercise(), undefined, by)
    expect(first).toMatchObject({
      kind: 'exercise',
      key: '100',
      version: [1, by.wallMs, self],
      expiresAtMs: by.wallMs + EXERCISE_KEPT_MS,
    })
    expect(exerciseDraft(exercise(), first, by).version).toEqual([2, by.wallMs, self])
    expect(exerciseOf(first)).toEqual(exercise())
    expect(exerciseOf(undefined)).toBeUndefined()
  })

  it('are remembered a while when they are removed, so that hosts that were away learn of it', () => {
    const gone = exerciseDraft(exercise({ isRemoved: true }), undefined, by)
    expect(gone.expiresAtMs).toBe(by.wallMs + TOMBSTONE_MS)
    expect(exerciseOf(gone)).toBeUndefined()
  })

  it('of schedules and attached machines are kept until they are removed', () => {
    const schedule: ScheduleBody = {
      name: 'nightly',
      cron: '0 3 * * *',
      ask: { shape: 'mesh', ends: [], pairs: [], params: exercise().params },
      by: self,
      createdAtMs: 1,
    }
    const kept = scheduleDraft(schedule, undefined, by)
    expect(kept).toMatchObject({ kind: 'schedule', key: 'nightly', expiresAtMs: 0 })
    expect(scheduleOf(kept)).toEqual(schedule)
    expect(scheduleOf(scheduleDraft({ ...schedule, isRemoved: true }, kept, by))).toBeUndefined()
    const [machine] = world.attached
    if (machine === undefined) throw new Error('there is one')
    const record = attachedDraft(machine, undefined, by)
    expect(record).toMatchObject({ kind: 'attached', key: 'printer', expiresAtMs: 0 })
    expect(attachedOf(record)).toEqual(machine)
    const gone = attachedDraft({ ...machine, isRemoved: true }, record, by)
    expect(gone.expiresAtMs).toBe(by.wallMs + TOMBSTONE_MS)
    expect(attachedOf(gone)).toBeUndefined()
  })
})

describe('tasks records', () => {
  it('have one writer and are forgotten soon where they are empty', () => {
    const body = { exercise: 100, tasks: [task(101, 'client')] }
    const draft = tasksDraft(self, body, by.wallMs)
    expect(draft).toEqual({
      kind: 'tasks',
      key: `${self}/100`,
      version: [],
      expiresAtMs: by.wallMs + EXERCISE_KEPT_MS,
      body,
    })
    expect(tasksOf(draft)).toBe(draft.body)
    expect(tasksDraft(self, { ...body, tasks: [] }, by.wallMs).expiresAtMs).toBe(by.wallMs + TOMBSTONE_MS)
  })
})

describe('records fit', () => {
  const first = 2_000_000_000

  it('an exercise of most tests, all canceled by hand, and most ends', () => {
    const names = Array.from({ length: 2000 }, (_, at) => `router-with-a-name-${at}`)
    const nodes = names.map((node) => ({
      lab: 'a-large-lab',
      node,
      host: idOf('a'),
      interfaces: [],
      isContainer: true,
    }))
    const pairs = Array.from({ length: 2000 }, (_, at) => {
      const [from, to] = [names[at], names[(at + 1) % names.length]]
      return [`a-large-lab/${from}`, `a-large-lab/${to}`] as const
    })
    const plan = planExercise({ shape: 'pairs', pairs }, { ...world, nodes })
    expect(plan.problems).toEqual([])
    const tests = Array.from({ length: MAX_TESTS }, (_, at) => ({ id: first + at, from: 1990, to: 1991, round: 9999 }))
    const canceled = tests.map(({ id }) => taskId(id, 'client'))
    const size = sizeOf(exerciseDraft(exercise({ ends: plan.ends, tests, canceled }), undefined, by))
    expect(size).toBeLessThan(MAX_RECORD_BYTES)
  })

  const rtt = { minMs: 0.123, meanMs: 10.456, maxMs: 100.789 }
  const result: TestResult = {
    receivedBps: 123_456_789_012,
    sentBps: 123_456_789_012,
    retransmits: 1234,
    rtt,
    idle: rtt,
    loaded: { ...rtt, lossRatio: 0.0123 },
    isCpuBound: false,
    intervals: Array.from({ length: 120 }, (_, atS) => ({ atS, bps: 123_456_789_012, retransmits: 1234 })),
    baseline: { bps: 123_456_789_012, ratio: 0.9876, verdict: 'good' },
    retests: 1,
  }
  const times = { acceptedAtMs: by.wallMs, startedAtMs: by.wallMs, endedAtMs: by.wallMs, port: 35_201 }
  const done = (role: TaskEntry['role'], at: number): TaskEntry =>
    task(first + at, role, { state: 'succeeded', ...times, ...(role === 'client' && { result }) })
  const tasks = (many: number) =>
    Array.from({ length: many }, (_, at) => [done('client', at), done('server', at)]).flat()

  it('tasks of a host with few tests, with all their intervals', () => {
    const body = { exercise: 100, tasks: tasks(100) }
    expect(tasksOf(tasksDraft(self, body, by.wallMs))).toEqual(body)
  })

  it('tasks of a host with more, with fewer intervals', () => {
    const draft = tasksDraft(self, { exercise: 100, tasks: tasks(400) }, by.wallMs)
    expect(sizeOf(draft)).toBeLessThan(MAX_RECORD_BYTES)
    expect(tasksOf(draft)?.tasks).toHaveLength(800)
    expect(tasksOf(draft)?.tasks[0]?.result?.intervals.length).toBeGreaterThanOrEqual(10)
  })

  it('tasks of a host with the most there may be, results and all', () => {
    const draft = tasksDraft(self, { exercise: 100, tasks: tasks(MAX_TESTS_OF_HOST) }, by.wallMs)
    expect(sizeOf(draft)).toBeLessThan(MAX_RECORD_BYTES)
    const kept = tasksOf(draft)?.tasks.filter(({ role }) => role === 'client')
    expect(kept).toHaveLength(MAX_TESTS_OF_HOST)
    expect(kept?.every((one) => one.result?.receivedBps === result.receivedBps)).toBe(true)
  })

  it('tasks of a host with the most there may be, both ways over UDP, with all the digits iperf3 prints', () => {
    const flow = {
      receivedBps: 943_123_456.123_456_7,
      sentBps: 943_123_456.123_456_7,
      jitterMs: 0.012_345_678_901_234_568,
      lossRatio: 0.001_234_567_890_123_456_7,
    }
    const both: TestResult = {
      ...{ ...flow, back: flow, isCpuBound: false, retests: 1, confidenceBps: 123_456_789 },
      intervals: Array.from({ length: 10 }, (_, atS) => ({ atS, bps: 943_123_456.123_456_7 })),
      baseline: { bps: 943_123_456.123_456_7, ratio: 0.987_654_321_012_345_6, verdict: 'good' },
    }
    const one = (at: number) => ({ ...done('client', at), result: both })
    const body = { exercise: 100, tasks: Array.from({ length: MAX_TESTS_OF_HOST }, (_, at) => one(at)) }
    const draft = tasksDraft(self, body, by.wallMs)
    expect(sizeOf(draft)).toBeLessThan(MAX_RECORD_BYTES)
    expect(tasksOf(draft)?.tasks.at(-1)?.result).toMatchObject({
      receivedBps: 943_123_456,
      back: { lossRatio: 0.0012 },
    })
  })

  it('tasks of a host where most failed at length', () => {
    const failed = tasks(MAX_TESTS_OF_HOST).map(
      ({ result: _, ...one }): TaskEntry => ({
        ...one,
        state: 'failed',
        error: 'größer '.repeat(100),
      }),
    )
    const draft = tasksDraft(self, { exercise: 100, tasks: failed }, by.wallMs)
    expect(sizeOf(draft)).toBeLessThan(MAX_RECORD_BYTES)
    expect(tasksOf(draft)?.tasks[0]).toMatchObject({ state: 'failed', error: expect.stringContaining('größer') })
  })
})
