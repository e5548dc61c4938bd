import { z } from 'zod'
import type {
  AttachedView,
  ClaimedTask,
  ExercisePlan,
  ExerciseSummary,
  ExerciseView,
  LiveTest,
  MatrixView,
  ScheduleView,
  TaskView,
  TestReservation,
  TestView,
} from '#agent/port.ts'
import type { ResultRow } from '#core/iperf/rows.ts'
import type { TestParams, TestResult } from '#core/model/iperf.ts'
import { paramsBody } from '../../iperf-schemas.ts'
import { atMs, count, names } from './common.ts'

const taskState = z.enum(['pending', 'accepted', 'running', 'succeeded', 'failed', 'timed_out', 'canceled'])
const role = z.enum(['server', 'client'])
const verdict = z.enum(['good', 'warn', 'bad'])
const amount = z.number().min(0)
const bps = amount.meta({ description: 'Bits a second.' })

const params = z.strictObject({
  protocol: z.enum(['tcp', 'udp']),
  timeS: amount,
  parallel: count,
  isReverse: z.boolean(),
  isBidir: z.boolean(),
  bitrateBps: bps.exactOptional(),
  samples: count,
  way: z.enum(['overlay', 'underlay']),
  class: z.enum(['exclusive', 'background']),
  tool: z.enum(['iperf3', 'ping']),
}) satisfies z.ZodType<TestParams>

export const exercisePlan = z.strictObject({
  tests: z.array(z.strictObject({ source: z.string(), destination: z.string(), round: count })),
  rounds: count,
  estimatedS: amount,
  estimatedBytes: amount.nullable(),
  notes: names,
}) satisfies z.ZodType<ExercisePlan>

const summary = {
  id: count,
  name: z.string(),
  state: z.enum(['created', 'running', 'stopping', 'ended']),
  by: z.string(),
  schedule: z.string().exactOptional(),
  createdAtMs: atMs,
  startedAtMs: atMs.nullable(),
  endedAtMs: atMs.nullable(),
  rounds: count,
  round: count,
  tests: count,
  states: z.record(taskState, count),
  estimatedS: amount,
  verdict: verdict.nullable(),
}
export const exerciseSummary = z.strictObject(summary) satisfies z.ZodType<ExerciseSummary>

export const taskView = z.strictObject({
  id: count,
  exercise: count,
  test: count,
  role,
  state: taskState,
  end: z.string(),
  host: z.string(),
  port: count.exactOptional(),
  acceptedAtMs: atMs.exactOptional(),
  startedAtMs: atMs.exactOptional(),
  endedAtMs: atMs.exactOptional(),
  error: z.string().exactOptional(),
}) satisfies z.ZodType<TaskView>

const flow = {
  receivedBps: bps,
  sentBps: bps,
  retransmits: count.exactOptional(),
  jitterMs: amount.exactOptional(),
  lossRatio: amount.exactOptional(),
}
const rtt = { minMs: amount, meanMs: amount, maxMs: amount }

const intervals = z.array(z.strictObject({ atS: amount, bps, retransmits: count.exactOptional() }))

const result = z.strictObject({
  ...flow,
  back: z.strictObject(flow).exactOptional(),
  rtt: z.strictObject(rtt).exactOptional(),
  idle: z.strictObject(rtt).exactOptional(),
  loaded: z.strictObject({ ...rtt, lossRatio: amount }).exactOptional(),
  isCpuBound: z.boolean(),
  intervals,
  samplesBps: z.array(bps).exactOptional(),
  confidenceBps: bps.exactOptional(),
  baseline: z.strictObject({ bps, ratio: amount, verdict }).exactOptional(),
  retests: count,
  isPartial: z.literal(true).exactOptional(),
}) satisfies z.ZodType<TestResult>

export const testView = z.strictObject({
  id: count,
  exercise: count,
  source: z.string(),
  destination: z.string(),
  round: count,
  params,
  state: taskState,
  server: taskView,
  client: taskView,
  error: z.string().exactOptional(),
  result: result.exactOptional(),
}) satisfies z.ZodType<TestView>

export const exerciseView = z.strictObject({
  ...summary,
  params,
  ends: names,
  all: z.array(testView),
}) satisfies z.ZodType<ExerciseView>

export const liveTest = z.strictObject({
  test: count,
  source: z.string(),
  destination: z.string(),
  intervals,
}) satisfies z.ZodType<LiveTest>

export const resultRow = z.strictObject({
  id: count,
  exercise: count,
  source: z.string(),
  destination: z.string(),
  state: taskState,
  receivedBps: bps.nullable(),
  sentBps: bps.exactOptional(),
  retransmits: count.exactOptional(),
  jitterMs: amount.exactOptional(),
  lossRatio: amount.exactOptional(),
  idleMs: amount.exactOptional(),
  loadedMs: amount.exactOptional(),
  startedAt: z.string().nullable(),
  error: z.string().exactOptional(),
}) satisfies z.ZodType<ResultRow>

export const matrixView = z.strictObject({
  ends: names,
  cells: z.array(
    z.strictObject({
      source: z.string(),
      destination: z.string(),
      exercise: count,
      test: count,
      state: taskState,
      atMs: atMs.nullable(),
      receivedBps: bps.exactOptional(),
      verdict: verdict.exactOptional(),
      ratio: amount.exactOptional(),
      error: z.string().exactOptional(),
    }),
  ),
}) satisfies z.ZodType<MatrixView>

export const testReservation = z.strictObject({
  owner: z.string(),
  test: count,
  type: z.enum(['nic', 'port']),
  of: z.string(),
  port: count.exactOptional(),
  sinceMs: z.number(),
  untilMs: z.number(),
}) satisfies z.ZodType<TestReservation>

export const scheduleView = z.strictObject({
  name: z.string(),
  cron: z.string(),
  ask: z.strictObject({
    name: z.string().exactOptional(),
    shape: z.enum(['mesh', 'pairs']),
    ends: names.exactOptional(),
    pairs: z.array(z.tuple([z.string(), z.string()])).exactOptional(),
    params: paramsBody.exactOptional(),
  }),
  by: z.string(),
  createdAtMs: atMs,
  nextMs: atMs.nullable(),
  last: count.nullable(),
}) satisfies z.ZodType<ScheduleView>

const attached = {
  id: count,
  name: z.string(),
  state: z.enum(['created', 'online', 'offline']),
  home: z.string().nullable(),
  address: z.string().exactOptional(),
  iperfVersion: z.string().exactOptional(),
  createdAtMs: atMs,
  heardAtMs: atMs.nullable(),
}
export const attachedView = z.strictObject(attached) satisfies z.ZodType<AttachedView>
/** The key is told this once. */
export const attachedMade = z.strictObject({ ...attached, key: z.string() })

export const claimedTask = z.strictObject({
  id: count,
  exercise: count,
  test: count,
  role,
  params,
  port: count,
  address: z.string().exactOptional(),
  limitS: amount,
}) satisfies z.ZodType<ClaimedTask>
