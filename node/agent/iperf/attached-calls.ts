import { z } from 'zod'
import { MeshError } from '#core/model/errors.ts'
import type { AttachedView, ClaimedTask, TaskView } from '../port-iperf.ts'

const task = z.int().min(0)
const calls = z.discriminatedUnion('call', [
  z.object({ call: z.literal('register'), address: z.string().optional(), iperfVersion: z.string().optional() }),
  z.object({ call: z.literal('heartbeat') }),
  z.object({ call: z.literal('claim') }),
  z.object({ call: z.literal('started'), task }),
  z.object({
    call: z.literal('result'),
    task,
    outcome: z.object({
      state: z.enum(['succeeded', 'failed', 'canceled']),
      error: z.string().optional(),
      output: z.unknown().optional(),
    }),
  }),
])

/** What an attached machine asks of the host that speaks with it. */
export type AttachedCall = z.infer<typeof calls>

const forwarded = z.object({ name: z.string(), keySha256: z.string().regex(/^[0-9a-f]{64}$/), ask: calls })

/** The same by way of another host: the hash of the key that was shown there, never the key. */
export type ForwardedCall = z.infer<typeof forwarded>

/** BAD_INPUT. */
export const decodeForwarded = (body: unknown): ForwardedCall => read(forwarded, body)

const text = z.string()
const id = z.int()
const view = z.looseObject({ id, name: text, state: z.enum(['created', 'online', 'offline']), createdAtMs: z.number() })
const claimed = z.looseObject({ id, test: id, role: z.enum(['server', 'client']), params: z.looseObject({}), port: id })
const told = z.looseObject({ id, test: id, role: z.enum(['server', 'client']), state: text, end: text, host: text })

/** Answers of a home. BAD_INPUT where one is none. */
export const decodeView = (answer: unknown): AttachedView => read(view, answer) as unknown as AttachedView
export const decodeClaimed = (answer: unknown): ClaimedTask | null =>
  read(claimed.nullable(), answer) as unknown as ClaimedTask | null
export const decodeTask = (answer: unknown): TaskView => read(told, answer) as unknown as TaskView

const read = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const { success, data, error } = schema.safeParse(body)
  if (success) return data
  const issues = error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
  throw new MeshError('BAD_INPUT', `malformed request: ${issues.join('; ')}`)
}
