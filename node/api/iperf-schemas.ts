import { isIP } from 'node:net'
import { z } from 'zod'
import type { ExerciseAsk } from '#agent/port.ts'
import { MAX_TESTS } from '#core/model/iperf.ts'
import { MACHINE_NAME } from './access/machine.ts'
import { MAX_PAGE, pageQuery } from './page-query.ts'

/** A body that names pairs. */
export const MAX_ASK_BYTES = 1024 * 1024
/** What a client on an attached machine printed. */
export const MAX_OUTPUT_BYTES = 8 * 1024 * 1024
/** Parts of such a body: a minute of 128 streams has 100,000. */
export const MAX_OUTPUT_PARTS = 400_000

/** A host, an attached machine, or `lab/node` or `lab/node:interface`. */
const end = z.string().min(1).max(150)
/** A number of an exercise, a test, a task or an attached machine. */
const number = z.int().min(1)
const numberText = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'not a number')
  .transform(Number)
const whole = z.number().multipleOf(1, 'not a whole number')
const name = z.string().regex(MACHINE_NAME, `not a name; it must match ${MACHINE_NAME.source}`)

/** What a test differs in from the usual one. */
export const paramsBody = z.strictObject({
  protocol: z.enum(['tcp', 'udp']).exactOptional(),
  timeS: z.number().min(1).max(3_600).exactOptional(),
  parallel: whole.min(1).max(128).exactOptional(),
  isReverse: z.boolean().exactOptional(),
  isBidir: z.boolean().exactOptional(),
  bitrateBps: z.number().min(1e3).max(1e12).exactOptional(),
  samples: whole.min(1).max(20).exactOptional(),
  way: z.enum(['overlay', 'underlay']).exactOptional(),
  class: z.enum(['exclusive', 'background']).exactOptional(),
  tool: z.enum(['iperf3', 'ping']).exactOptional(),
})

const what = {
  shape: z.enum(['mesh', 'pairs']).exactOptional(),
  ends: z.array(end).max(300).exactOptional(),
  pairs: z
    .array(z.tuple([end, end]))
    .max(MAX_TESTS)
    .exactOptional(),
  params: paramsBody.exactOptional(),
}
const label = z.string().max(200).exactOptional()

interface What {
  readonly shape?: 'mesh' | 'pairs'
  readonly ends?: readonly string[]
  readonly pairs?: ExerciseAsk['pairs'] & {}
}

const hasTests = ({ shape, ends = [], pairs = [] }: What): boolean =>
  shape === 'mesh' || ends.length > 0 || pairs.length > 0

const oneShape = <S extends z.ZodType<What>>(schema: S): S =>
  schema
    .refine(({ shape, pairs = [] }) => shape !== 'mesh' || pairs.length === 0, {
      path: ['pairs'],
      message: 'a mesh has no pairs; leave them out, or ask for the shape pairs',
    })
    .refine(({ shape, ends = [], pairs = [] }) => ends.length === 0 || (shape !== 'pairs' && pairs.length === 0), {
      path: ['ends'],
      message: 'pairs name their ends themselves; leave these out, or ask for the shape mesh',
    })

/** Body of POST /v1/exercises/plan. */
export const planBody = oneShape(z.strictObject({ name: label, ...what, start: z.boolean().exactOptional() }))
/** Body of POST /v1/exercises. With no shape, no end and no pair it is an empty one, for tests to be added to. */
export const exerciseBody = oneShape(
  z
    .strictObject({ name: label, ...what, start: z.boolean().default(false) })
    .refine((ask) => !ask.start || hasTests(ask), {
      path: ['start'],
      message: 'nothing is named that could be measured; add tests first',
    }),
)
/** Body of PUT /v1/iperf/schedules/:name. With no shape, no end and no pair it is a mesh of all hosts. */
export const scheduleBody = oneShape(z.strictObject({ cron: z.string().min(1).max(200), ...what }))

const endOrNumber = z.union([end, number])
/** Body of POST /v1/exercises/:id/tests; numbers are those of attached machines. */
export const testBody = z
  .strictObject({
    source: endOrNumber.exactOptional(),
    destination: endOrNumber.exactOptional(),
    source_agent_id: number.exactOptional(),
    destination_agent_id: number.exactOptional(),
    params: paramsBody.exactOptional(),
  })
  .refine(({ source, source_agent_id: id }) => (source === undefined) !== (id === undefined), {
    path: ['source'],
    message: 'name the source, once',
    when: () => true,
  })
  .refine(({ destination, destination_agent_id: id }) => (destination === undefined) !== (id === undefined), {
    path: ['destination'],
    message: 'name the destination, once',
    when: () => true,
  })

/** Path of one exercise, task or attached machine. */
export const numberParams = z.object({ id: numberText })
export const testParams = z.object({ id: numberText, test: numberText })
export const scheduleParams = z.object({ name })

/** Query of GET /v1/exercises/:id/results; a list of JSON may be asked for in parts. */
export const resultsQuery = pageQuery.extend({ format: z.enum(['json', 'csv']).default('json') })
/** Query of GET /v1/iperf/results; at most `limit` rows, the newest. */
export const historyQuery = z.strictObject({
  source: end.optional(),
  destination: end.optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(200),
})
/** Query of GET /v1/tasks. */
export const tasksQuery = pageQuery.extend({
  exercise: numberText.optional(),
  state: z.enum(['pending', 'accepted', 'running', 'succeeded', 'failed', 'timed_out', 'canceled']).optional(),
})
/** Query of GET /v1/agents. */
export const machinesQuery = pageQuery.extend({ status: z.enum(['created', 'online', 'offline']).optional() })

/** Body of POST /v1/agents. */
export const machineBody = z.strictObject({
  name,
  /** Sent in a header. */
  key: z
    .string()
    .regex(/^[\x21-\x7e]{16,200}$/, 'a key has 16 to 200 printable ASCII characters and no space')
    .exactOptional(),
})

/** Bodies of attached machines: what they say beside is left unread. */
export const registerBody = z.object({
  address: z
    .string()
    .refine((text) => isIP(text) !== 0 && !text.includes('%'), 'not an IP address')
    .exactOptional(),
  iperfVersion: z.string().max(100).exactOptional(),
})
export const outcomeBody = z.object({
  state: z.enum(['succeeded', 'failed', 'canceled']),
  error: z.string().max(4_000).exactOptional(),
  /** What `iperf3 -J` printed. */
  output: z.unknown().optional(),
})
