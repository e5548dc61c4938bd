import { z } from 'zod'
import { decodeEvents } from '#core/feed/body.ts'
import { LAB_NAME, NODE_NAME } from '#core/model/ids.ts'
import { MGMT_NETWORK_NAME } from '#core/model/mgmt.ts'
import type { RecordKind, SignedRecord } from '#core/model/record.ts'
import { isAccess, isLogouts } from './access-body.ts'
import { isDraft } from './draft-body.ts'
import { isAttached, isExercise, isSchedule, isTasks } from './iperf-bodies.ts'
import { isRevisions, isSaves } from './kept-bodies.ts'
import { anchorBody, endpointBody, segmentParts } from './link-body.ts'
import { nodeParts } from './node-body.ts'

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
  all: z.tuple([count, count]).optional(),
  over: z.tuple([count, count]).optional(),
  caps: texts.max(100).optional(),
  mtu: count.optional(),
  log: count.optional(),
  starved: z.literal(true).optional(),
})

const node = z.looseObject({
  name: z.string().regex(NODE_NAME),
  kind: z.enum(['linux', 'lxd', 'bridge']),
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
  ...nodeParts,
})

const positive = z.number().positive().optional()
const impairment = z.looseObject({
  delayMs: positive,
  jitterMs: positive,
  lossPercent: positive,
  corruptPercent: positive,
  rateBps: positive,
  down: z.literal(true).optional(),
  flap: z.looseObject({ downMs: z.number().positive(), upMs: z.number().positive() }).optional(),
})

/** As a container engine names an image by its content. */
const IMAGE_DIGEST = /^sha256:[0-9a-f]{64}$/

const ends = z.array(endpointBody)
const isInside = (path: string): boolean => !path.startsWith('/') && !path.split('/').includes('..')

const mgmtWish = z.looseObject({
  network: z.string().regex(MGMT_NETWORK_NAME).optional(),
  ipv4Subnet: z.string().optional(),
  ipv6Subnet: z.string().optional(),
  ipv4Gw: z.string().optional(),
  ipv6Gw: z.string().optional(),
  ipv4Range: z.string().optional(),
  ipv6Range: z.string().optional(),
  mtuBytes: count.optional(),
  externalAccess: z.literal(false).optional(),
})

const intent = z.looseObject({
  mgmt: mgmtWish.optional(),
  name: z.string().regex(LAB_NAME),
  prefix: z.string(),
  nodes: z.array(node),
  links: z.array(
    z.looseObject({
      id: z.string(),
      segment: z.string(),
      endpoints: ends,
      mtuBytes: z.number().optional(),
      device: segmentParts.device,
      impairments: z.record(z.string(), impairment).optional(),
    }),
  ),
  segments: z.array(
    z.looseObject({
      id: z.string(),
      endpoints: ends,
      multiAccess: z.boolean(),
      mtuBytes: z.number().optional(),
      ...segmentParts,
    }),
  ),
  anchors: z.array(anchorBody).optional(),
  images: z.record(z.string(), z.string().regex(IMAGE_DIGEST)).optional(),
  files: z.array(
    z.looseObject({ path: z.string().refine(isInside), sha256: z.string(), sizeBytes: count, mode: count }),
  ),
})

const mgmtAddresses = z.looseObject({ ipv4: z.string(), ipv6: z.string().optional() })

const mgmt = z.looseObject({
  network: z.string().regex(MGMT_NETWORK_NAME),
  vni: count,
  ipv4Subnet: z.string(),
  ipv4Gw: z.string(),
  ipv6Subnet: z.string().optional(),
  ipv6Gw: z.string().optional(),
  mtuBytes: count,
  externalAccess: z.boolean(),
  hosts: z.record(z.string(), mgmtAddresses.extend({ vlan: count })),
  nodes: z.record(z.string(), mgmtAddresses),
})

const published = z.array(
  z.looseObject({
    node: z.string(),
    host: z.string(),
    hostPort: count,
    containerPort: count,
    protocol: z.enum(['tcp', 'udp']),
  }),
)

const assignment = z.looseObject({
  mgmt: mgmt.optional(),
  published: published.optional(),
  requests: z.record(z.string(), z.looseObject({ cpu: count.optional(), mem: count.optional() })).optional(),
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

const number = z.number()
/** Of one that nobody has decided yet. */
const shapedAssignment = assignment.extend({
  segments: z.record(
    z.string(),
    z.looseObject({ vni: number.nullable(), vlans: z.record(z.string(), number), mtuBytes: count }),
  ),
  mgmt: mgmt.extend({ vni: number, hosts: z.record(z.string(), mgmtAddresses.extend({ vlan: number })) }).optional(),
})

const nodeStatus = z.looseObject({
  name: z.string(),
  state: z.enum(['pending', 'creating', 'running', 'error', 'stopped']),
  ready: z.boolean(),
  error: z.string().optional(),
  doing: z.string().optional(),
  stages: z.array(z.string()).optional(),
})

const labStatus = z.looseObject({
  lab: z.string(),
  intentVersion: z.string(),
  index: count,
  nodes: z.array(nodeStatus),
  ends: z.array(z.looseObject({ endpoint: z.string(), segment: z.string(), carrier: z.boolean() })),
  vteps: z.array(z.looseObject({ segment: z.string(), remotes: texts })),
  reachable: texts.optional(),
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
  secondary: texts.optional(),
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
  const nodes = new Set([...lab.nodes, ...(lab.anchors ?? [])].map(({ name }) => name))
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

/** Whether a value can be read as an intent, and all it names is there. */
export const isIntentReadable = (value: unknown): boolean => {
  const lab = intent.safeParse(value)
  return lab.success && isWhole(lab.data)
}

/** Whether a value has the form of an assignment; its numbers may be anything. */
export const isAssignmentShaped = (value: unknown): boolean => shapedAssignment.safeParse(value).success

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
  events: ({ author, body }) => decodeEvents(author, body) !== undefined,
  status: (record) => fits((record.key.endsWith('/') ? refusals : labStatus).nullable(), record),
  intent: isIntent,
  assignment: isAssignment,
  roster: isRoster,
  revisions: isRevisions,
  saves: isSaves,
  access: isAccess,
  logouts: isLogouts,
  draft: isDraft,
  exercise: isExercise,
  tasks: isTasks,
  schedule: isSchedule,
  attached: isAttached,
}

/**
 * Whether the body of a record is what its kind and key say. A member's signature says who wrote it, not that it can be read: what passes
 * here goes into the engine of every host.
 */
export const isBodyReadable = (record: SignedRecord): boolean => CHECKS[record.kind](record)
