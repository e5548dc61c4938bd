import { z } from 'zod'
import { LAB_NAME, NODE_NAME } from '#core/model/ids.ts'
import type { RecordKind, SignedRecord } from '#core/model/record.ts'

/** Unknown fields pass: a later version may add some. */
const count = z.int().min(0)
const texts = z.array(z.string())
const textMap = z.record(z.string(), z.string())

const heartbeat = z.looseObject({
  v: z.string(),
  leader: z.string().optional(),
  term: count.optional(),
  epoch: count.optional(),
  cpu: z.number(),
  mem: z.number(),
})

const endpoint = z.looseObject({
  node: z.string(),
  interface: z.string(),
  ipv4: z.string().optional(),
  ipv6: z.string().optional(),
})

const node = z.looseObject({
  name: z.string().regex(NODE_NAME),
  kind: z.enum(['linux', 'bridge']),
  image: z.string(),
  cmd: texts.optional(),
  entrypoint: texts.optional(),
  exec: z.array(texts),
  binds: z.array(
    z.looseObject({ source: z.string(), target: z.string(), options: z.string().optional(), travels: z.boolean() }),
  ),
  env: textMap,
  labels: textMap,
  sysctls: textMap,
  ports: z.array(z.looseObject({ hostPort: count, containerPort: count, protocol: z.enum(['tcp', 'udp']) })),
  user: z.string().optional(),
  cpu: z.number().optional(),
  memoryBytes: z.number().optional(),
  startupDelayMs: count,
  host: z.string().optional(),
})

const ends = z.array(endpoint)
const isInside = (path: string): boolean => !path.startsWith('/') && !path.split('/').includes('..')

const intent = z.looseObject({
  name: z.string().regex(LAB_NAME),
  prefix: z.string(),
  nodes: z.array(node),
  links: z.array(
    z.looseObject({ id: z.string(), segment: z.string(), endpoints: ends, mtuBytes: z.number().optional() }),
  ),
  segments: z.array(
    z.looseObject({ id: z.string(), endpoints: ends, multiAccess: z.boolean(), mtuBytes: z.number().optional() }),
  ),
  files: z.array(
    z.looseObject({ path: z.string().refine(isInside), sha256: z.string(), sizeBytes: count, mode: count }),
  ),
})

const assignment = z.looseObject({
  lab: z.string(),
  intentVersion: z.string(),
  hosts: textMap,
  segments: z.record(
    z.string(),
    z.looseObject({ vni: count.nullable(), vlans: z.record(z.string(), count), mtuBytes: count }),
  ),
  macs: textMap,
  epoch: count,
  term: count,
  index: count,
})

const nodeStatus = z.looseObject({
  name: z.string(),
  state: z.enum(['pending', 'creating', 'running', 'error', 'stopped']),
  ready: z.boolean(),
  error: z.string().optional(),
})

const labStatus = z.looseObject({
  lab: z.string(),
  intentVersion: z.string(),
  index: count,
  nodes: z.array(nodeStatus),
  ends: z.array(z.looseObject({ endpoint: z.string(), segment: z.string(), carrier: z.boolean() })),
  vteps: z.array(z.looseObject({ segment: z.string(), remotes: texts })),
  notes: texts,
})

const refusals = z.record(
  z.string(),
  z.looseObject({ code: z.string(), message: z.string(), intentVersion: z.string() }),
)

const rosterEntry = z.looseObject({
  id: z.string(),
  name: z.string(),
  role: z.enum(['core', 'worker', 'gateway']),
  addresses: texts,
  port: count,
  wgPublicKey: z.string(),
  wgPort: count,
  overlayAddress: z.string(),
  state: z.enum(['admitted', 'removed']),
})

const roster = z.looseObject({
  meshId: z.string(),
  epoch: count,
  term: count,
  index: count,
  voters: texts,
  hosts: z.array(rosterEntry),
})

const fits = (schema: z.ZodType, { body }: SignedRecord): boolean => schema.safeParse(body).success

/** Every end names a node of the lab, every link a segment of it. */
const isWhole = (lab: z.infer<typeof intent>): boolean => {
  const nodes = new Set(lab.nodes.map(({ name }) => name))
  const segments = new Set(lab.segments.map(({ id }) => id))
  return (
    lab.links.every((link) => segments.has(link.segment)) &&
    [...lab.links, ...lab.segments].every((one) => one.endpoints.every((end) => nodes.has(end.node)))
  )
}

const isIntent = (record: SignedRecord): boolean => {
  const [generation, clock] = record.version
  if (typeof generation !== 'number' || typeof clock !== 'number') return false
  if (record.body === null) return true
  const lab = intent.safeParse(record.body)
  return lab.success && lab.data.name === record.key && isWhole(lab.data)
}

const isAssignment = (record: SignedRecord): boolean => {
  if (record.body === null) return true
  const read = assignment.safeParse(record.body)
  return read.success && read.data.lab === record.key && read.data.epoch === record.version[0]
}

/** What orders two of them must be what they say: else one of an old epoch could stand above all new ones. */
const isRoster = (record: SignedRecord): boolean => {
  const read = roster.safeParse(record.body)
  return read.success && read.data.epoch === record.version[0]
}

const CHECKS: Record<RecordKind, (record: SignedRecord) => boolean> = {
  heartbeat: (record) => fits(heartbeat, record),
  status: (record) => fits((record.key.endsWith('/') ? refusals : labStatus).nullable(), record),
  intent: isIntent,
  assignment: isAssignment,
  roster: isRoster,
}

/**
 * Whether the body of a record is what its kind and key say. A member's signature says who wrote it, not that it can be read: what passes
 * here goes into the engine of every host.
 */
export const isBodyReadable = (record: SignedRecord): boolean => CHECKS[record.kind](record)
