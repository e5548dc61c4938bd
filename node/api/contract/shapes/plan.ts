import { z } from 'zod'
import type { PlanView, RevisionDiff, RevisionView, Submitted } from '#agent/port.ts'
import { count, names } from './common.ts'

const CHANGES = ['create', 'keep', 'change', 'remove'] as const
const change = z.enum(CHANGES)
const nodeChange = z.enum([...CHANGES, 'recreate', 'move'])

const counts = z.strictObject({ create: count, change: count, remove: count, keep: count })
const changes = z.strictObject({
  nodes: z.strictObject({ ...counts.shape, recreate: count, move: count }),
  links: counts,
  files: counts,
})

export const submitted = z.strictObject({
  generation: count,
  changes: changes.nullable(),
  notes: names.exactOptional(),
}) satisfies z.ZodType<Submitted>

const commandText = z.strictObject({
  argv: names.exactOptional(),
  stdin: z.string().exactOptional(),
  request: z.string().exactOptional(),
  body: z.string().exactOptional(),
})

const hostCommands = z.strictObject({
  host: z.string(),
  rounds: z.array(
    z.array(
      z.strictObject({
        ops: z.array(z.strictObject({ op: z.string(), what: z.string(), reason: z.string() })),
        commands: z.array(commandText),
      }),
    ),
  ),
  unreachable: z.string().exactOptional(),
})

const missingImage = z.strictObject({
  image: z.string(),
  hosts: names,
  on: names,
  nodes: names.exactOptional(),
})

/** What every host was worth to a node; its keys are those of the placement. */
const score = z.custom<NonNullable<PlanView['nodes'][number]['scores']>[number]>(
  (value) => typeof value === 'object' && value !== null,
)

export const planView = z.strictObject({
  lab: z.string(),
  running: count.nullable(),
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      host: z.string(),
      reason: z.string(),
      scores: z.array(score).exactOptional(),
      change: nodeChange,
      keys: names,
      why: z.string(),
    }),
  ),
  links: z.array(
    z.strictObject({
      id: z.string(),
      change,
      why: z.string(),
      crossHost: z.boolean(),
      hosts: names,
      mtu: z.number(),
      pathMtu: z.number().exactOptional(),
    }),
  ),
  files: z.array(z.strictObject({ path: z.string(), change, why: z.string() })),
  notes: names.exactOptional(),
  missing: z.array(missingImage).exactOptional(),
  commands: z.array(hostCommands).exactOptional(),
}) satisfies z.ZodType<PlanView>

const revision = {
  revision: count,
  atMs: z.number(),
  host: z.string(),
  name: z.string().exactOptional(),
  message: z.string().exactOptional(),
  nodes: count,
  links: count,
  files: count,
  bytes: count,
  isCurrent: z.boolean(),
}
export const revisionView = z.strictObject(revision) satisfies z.ZodType<RevisionView>

/** `intent` is what the topology came to; its form may grow. */
export const revisionDetail = z.strictObject({
  ...revision,
  topology: z.string(),
  fileName: z.string().nullable(),
  intent: z.record(z.string(), z.unknown()),
})

const diffRows = z.array(
  z.strictObject({ name: z.string(), change: z.enum(['create', 'change', 'remove']), why: z.string() }),
)
export const revisionDiff = z.strictObject({
  lab: z.string(),
  from: count,
  to: count,
  nodes: diffRows,
  links: diffRows,
  files: diffRows,
}) satisfies z.ZodType<RevisionDiff>
