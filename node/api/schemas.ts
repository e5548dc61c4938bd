import { isIP } from 'node:net'
import { z } from 'zod'
import { HOST_NAME, LAB_NAME, NODE_NAME, OWNER_NAME, REVISION_NAME } from '#core/model/ids.ts'
import { MAX_REVISION_MESSAGE } from '#core/revisions/revisions.ts'

/** Of standard input of a command: it goes to another host in one message. */
const MAX_STDIN_BYTES = 4 * 1024 * 1024
/** The body of a command: its standard input in base64, and its arguments. */
export const MAX_EXEC_BYTES = 2 * MAX_STDIN_BYTES

/** A body that names nodes: ten thousand of the longest names. */
export const MAX_NAMES_BYTES = 1024 * 1024

/** The largest request body: files of a lab (32 MiB) in base64, and the rest. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024
/** What a lab may bring along, all files together. */
export const MAX_FILES_BYTES = 32 * 1024 * 1024
export const MAX_FILES = 1000

const name = (pattern: RegExp, what: string) =>
  z.string().regex(pattern, `not a ${what}; it must match ${pattern.source}`)

const DAY_MS = 24 * 3600 * 1000

/** Body of POST /v1/tokens; `name` restricts the token to a host of that name. */
export const tokenBody = z.strictObject({
  role: z.enum(['core', 'worker', 'gateway']).default('core'),
  ttlMs: z
    .int()
    .min(1000)
    .max(365 * DAY_MS)
    .default(3600 * 1000),
  uses: z.int().min(1).max(10_000).default(1),
  name: name(HOST_NAME, 'host name').optional(),
})

/** Body of POST /v1/quorum/recover; `confirm` is the name of the host, typed by a person. */
export const recoverBody = z.strictObject({
  confirm: name(HOST_NAME, 'host name'),
  force: z.boolean().default(false),
})

const ipAddress = z.string().refine((text) => isIP(text) !== 0, 'not an IP address')

/** Body of POST /v1/self/addresses; what is absent stays, an empty `secondary` takes it away. */
export const addressesBody = z.strictObject({
  primary: ipAddress.optional(),
  secondary: z.union([z.literal(''), ipAddress], 'not an IP address').optional(),
})

/** Unlike `z.int()`, a fraction does not keep the other mistakes from being told. */
const whole = z.number().multipleOf(1, 'not a whole number')

/** Body of POST /v1/allocations. */
export const reserveBody = z
  .strictObject({
    pool: z.enum(['vni', 'port', 'mgmt']),
    host: name(HOST_NAME, 'host name').optional(),
    owner: name(OWNER_NAME, 'name of an owner'),
    count: whole.min(1).max(64).default(1),
    ttlMs: whole
      .min(1000)
      .max(365 * DAY_MS)
      .optional(),
  })
  .refine(({ pool, host }) => pool !== 'port' || host !== undefined, {
    path: ['host'],
    message: 'each host has ports of its own; name the host',
    when: () => true,
  })
  .refine(({ pool, host }) => pool === 'port' || host === undefined, {
    path: ['host'],
    message: 'this pool is one for the whole mesh; leave the host out',
    when: () => true,
  })

export const ownerParams = z.object({ owner: name(OWNER_NAME, 'name of an owner') })

/** Body of POST /v1/labs, /v1/labs/validate and /v1/labs/plan. */
export const labBody = z.strictObject({
  /** YAML, as the user wrote it. */
  topology: z.string(),
  /** What messages call the topology. */
  fileName: z.string().max(4096).optional(),
  /** Files the topology binds, relative to its folder. */
  files: z
    .array(z.strictObject({ path: z.string(), mode: z.int().min(0).max(0o777), contentBase64: z.string() }))
    .default([]),
  /** What `${NAME}` in the topology stands for. */
  variables: z.record(z.string(), z.string()).default({}),
  /** Unknown keys are warnings instead of errors. */
  lenient: z.boolean().default(false),
  /** The lab's name where the topology gives none. */
  fallbackName: name(LAB_NAME, 'lab name').optional(),
  /** The lab's name, whatever the topology says. */
  name: name(LAB_NAME, 'lab name').optional(),
  /** What the kept state is called, and why it is submitted. */
  revisionName: name(REVISION_NAME, 'name of a revision').optional(),
  message: z.string().max(MAX_REVISION_MESSAGE).optional(),
  /** A link that asks for larger packets than its way carries whole is refused. */
  strictMtu: z.boolean().optional(),
})

export type LabBody = z.infer<typeof labBody>

/** Query of POST /v1/labs/plan. */
export const planQuery = z.strictObject({ commands: z.enum(['true', 'false']).default('false') })

const revision = z.string().regex(/^(?:\d{1,15}|[A-Za-z][A-Za-z0-9._-]{0,63})$/, 'not a revision: a number or a name')

/** Query of GET /v1/labs/:lab/diff. */
export const diffQuery = z.strictObject({ from: revision, to: revision.optional() })

/** Body of POST /v1/labs/:lab/rollback. */
export const rollbackBody = z.strictObject({
  revision,
  revisionName: name(REVISION_NAME, 'name of a revision').optional(),
  message: z.string().max(MAX_REVISION_MESSAGE).optional(),
})

/** Body of POST /v1/labs/:lab/nodes/:node/exec. */
export const execBody = z.strictObject({
  argv: z.array(z.string()).min(1).max(4096),
  /** What the command reads. */
  stdinBase64: z
    .base64()
    .max(Math.ceil(MAX_STDIN_BYTES / 3) * 4, 'more than 4 MiB')
    .optional(),
})

export const labParams = z.object({ lab: name(LAB_NAME, 'lab name') })
export const labNodeParams = labParams.extend({ node: name(NODE_NAME, 'node name') })
export const labRevisionParams = labParams.extend({ revision })
export const hostParams = z.object({ host: name(HOST_NAME, 'host name') })
/** Query of DELETE /v1/hosts/:host. */
export const removeQuery = z.strictObject({ force: z.enum(['true', 'false']).default('false') })
/** Query of GET /v1/events and /v1/events/follow. `since`: a cursor; `ageMs`: no older than this. */
export const eventsQuery = z.strictObject({
  lab: name(LAB_NAME, 'lab name').optional(),
  host: name(HOST_NAME, 'host name').optional(),
  since: z.string().max(65_536).optional(),
  ageMs: z.coerce
    .number()
    .int()
    .min(1)
    .max(365 * DAY_MS)
    .optional(),
  limit: z.coerce.number().int().min(0).max(10_000).optional(),
})
export const idParams = z.object({ id: z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/, 'not a token id') })
