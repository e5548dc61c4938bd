import { z } from 'zod'
import { LAB_NAME, NODE_NAME } from '#core/model/ids.ts'
import { MAX_TESTS } from '#core/model/iperf.ts'
import type { SignedRecord } from '#core/model/record.ts'

/** Ends of one exercise: each node of a large lab may be one. */
const MAX_ENDS = 2 * MAX_TESTS
const count = z.int().min(0)
const id = z.int().min(1)
/** What a date can be: others show it as one. */
const moment = count.max(8_640_000_000_000_000)
const time = moment.nullable()
const amount = z.number().min(0)
/** Each has a test. */
const round = count.max(MAX_TESTS)
const line = z.string().max(400)
const host = z.string().regex(/^[A-Za-z0-9]{1,80}$/)
/** Of schedules and attached machines; of hosts as well. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
const removed = z.literal(true).optional()

const paramParts = {
  protocol: z.enum(['tcp', 'udp']),
  timeS: z.number().positive().max(3_600),
  parallel: z.int().min(1).max(128),
  isReverse: z.boolean(),
  isBidir: z.boolean(),
  bitrateBps: z.number().positive().max(1e15).optional(),
  samples: z.int().min(1).max(20),
  way: z.enum(['overlay', 'underlay']),
  class: z.enum(['exclusive', 'background']),
  tool: z.enum(['iperf3', 'ping']),
}
const params = z.looseObject(paramParts)

const end = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('host'), name, host }),
  z.looseObject({
    type: z.literal('node'),
    lab: z.string().regex(LAB_NAME),
    node: z.string().regex(NODE_NAME),
    interface: z
      .string()
      .regex(/^[^\s/:]{1,15}$/)
      .optional(),
    host,
  }),
  z.looseObject({ type: z.literal('attached'), name, host }),
])

const exercise = z.looseObject({
  id,
  name: line,
  by: host,
  createdAtMs: moment,
  params,
  ends: z.array(end).max(MAX_ENDS),
  tests: z
    .array(z.looseObject({ id, from: count, to: count, round, params: params.partial().optional() }))
    .max(MAX_TESTS),
  schedule: name.optional(),
  startedAtMs: time,
  stoppedAtMs: time,
  endedAtMs: time,
  down: z.array(host).max(MAX_ENDS).optional(),
  canceled: z.array(count).max(2 * MAX_TESTS),
  isRemoved: removed,
})

/** What several hosts may write is ordered by its version, which begins with a number. */
const isOrdered = ({ version }: SignedRecord): boolean => typeof version[0] === 'number'

/** Whether the body of an `exercise` record is what its kind and key say: every test is between two of its ends, and there once. */
export const isExercise = (record: SignedRecord): boolean => {
  const { success, data } = exercise.safeParse(record.body)
  if (!success || !isOrdered(record) || record.key !== String(data.id)) return false
  const { ends, tests } = data
  const isBetween = tests.every(({ from, to }) => from < ends.length && to < ends.length)
  return isBetween && new Set(tests.map((test) => test.id)).size === tests.length
}

const rtt = z.looseObject({ minMs: amount, meanMs: amount, maxMs: amount })
const ratio = z.number().min(0).max(1)
const flow = z.looseObject({
  receivedBps: amount,
  sentBps: amount,
  retransmits: count.optional(),
  jitterMs: amount.optional(),
  lossRatio: ratio.optional(),
})
const result = flow.extend({
  back: flow.optional(),
  rtt: rtt.optional(),
  idle: rtt.optional(),
  loaded: rtt.extend({ lossRatio: ratio }).optional(),
  isCpuBound: z.boolean(),
  intervals: z.array(z.looseObject({ atS: amount, bps: amount, retransmits: count.optional() })).max(1_000),
  samplesBps: z.array(amount).max(100).optional(),
  confidenceBps: amount.optional(),
  baseline: z.looseObject({ bps: amount, ratio: amount, verdict: z.enum(['good', 'warn', 'bad']) }).optional(),
  retests: count,
  isPartial: z.literal(true).optional(),
})

const tasks = z.looseObject({
  exercise: id,
  tasks: z
    .array(
      z.looseObject({
        id,
        test: id,
        role: z.enum(['server', 'client']),
        state: z.enum(['pending', 'accepted', 'running', 'succeeded', 'failed', 'timed_out', 'canceled']),
        acceptedAtMs: moment.optional(),
        startedAtMs: moment.optional(),
        endedAtMs: moment.optional(),
        port: z.int().min(1).max(65_535).optional(),
        error: z.string().max(4_000).optional(),
        result: result.optional(),
      }),
    )
    .max(2 * MAX_TESTS),
})

/** Whether the body of a `tasks` record is what its kind and key say. */
export const isTasks = (record: SignedRecord): boolean => {
  const { success, data } = tasks.safeParse(record.body)
  return success && record.key === `${record.author}/${data.exercise}`
}

/** As people spell it. */
const spelled = z.string().max(150)

const schedule = z.looseObject({
  name,
  cron: z.string().max(200),
  ask: z.looseObject({
    shape: z.enum(['mesh', 'pairs']),
    ends: z.array(spelled).max(MAX_ENDS),
    pairs: z.array(z.tuple([spelled, spelled])).max(MAX_TESTS),
    params,
  }),
  by: host,
  createdAtMs: moment,
  isRemoved: removed,
})

/** Whether the body of a `schedule` record is what its kind and key say. */
export const isSchedule = (record: SignedRecord): boolean => {
  const { success, data } = schedule.safeParse(record.body)
  return success && isOrdered(record) && data.name === record.key
}

const attached = z.looseObject({
  id,
  name,
  keySha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAtMs: moment,
  home: host.nullable(),
  isOnline: z.boolean(),
  heardAtMs: time,
  address: z
    .string()
    .regex(/^[0-9A-Fa-f:.]{2,45}$/)
    .optional(),
  iperfVersion: z.string().max(100).optional(),
  isRemoved: removed,
})

/** Whether the body of an `attached` record is what its kind and key say. */
export const isAttached = (record: SignedRecord): boolean => {
  const { success, data } = attached.safeParse(record.body)
  return success && isOrdered(record) && data.name === record.key
}
