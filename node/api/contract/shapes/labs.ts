import { z } from 'zod'
import type { ExecResult, ImpairedLink, LabImage, LabReconciled, LabSummary, LabView, Restarted } from '#agent/port.ts'
import { ERRORS, type ErrorCode } from '#core/model/errors.ts'
import type { InterfaceView } from '#core/view/interfaces.ts'
import { count, names } from './common.ts'

const labState = z.enum(['pending', 'creating', 'up', 'degraded', 'error', 'down'])
const nodeState = z.enum(['pending', 'creating', 'running', 'error', 'stopped', 'exited'])
const linkState = z.enum(['pending', 'creating', 'up', 'down', 'error'])
const errorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])

export const labSummary = z.strictObject({
  name: z.string(),
  state: labState,
  generation: count,
  changedAtMs: z.number().exactOptional(),
  nodes: z.strictObject({ running: count, total: count }),
  links: z.strictObject({ up: count, total: count }),
  hosts: names,
}) satisfies z.ZodType<LabSummary>

const nodeView = z.strictObject({
  name: z.string(),
  kind: z.string(),
  host: z.string().nullable(),
  state: nodeState,
  image: z.string(),
  error: z.string().exactOptional(),
  doing: z.string().exactOptional(),
  mgmt: z.strictObject({ ipv4: z.string(), ipv6: z.string().exactOptional() }).exactOptional(),
  ports: z
    .array(z.strictObject({ hostPort: count, containerPort: count, protocol: z.enum(['tcp', 'udp']) }))
    .exactOptional(),
}) satisfies z.ZodType<LabView['nodes'][number]>

const seenEnd = z.strictObject({
  vlan: z.number().nullable(),
  mtu: z.number().nullable(),
  mac: z.string().nullable(),
  carrier: z.boolean(),
})

const endpointView = z.strictObject({
  node: z.string(),
  interface: z.string(),
  host: z.string().nullable(),
  mac: z.string().nullable(),
  ipv4: z.string().exactOptional(),
  ipv6: z.string().exactOptional(),
  vlan: z.number().nullable(),
  kind: z.string().exactOptional(),
  vendor: z.string().exactOptional(),
  bridge: z.string().exactOptional(),
  port: z.string().exactOptional(),
  seen: seenEnd.exactOptional(),
})

const impairment = z.strictObject({
  delayMs: z.number().exactOptional(),
  jitterMs: z.number().exactOptional(),
  lossPercent: z.number().exactOptional(),
  corruptPercent: z.number().exactOptional(),
  rateBps: z.number().exactOptional(),
  down: z.literal(true).exactOptional(),
  flap: z.strictObject({ downMs: z.number(), upMs: z.number() }).exactOptional(),
})
const impairments = z.record(z.string(), impairment)

const tunnelView = z.strictObject({
  host: z.string(),
  vlan: z.number().nullable(),
  seen: z
    .strictObject({
      vni: z.number().nullable(),
      vlan: z.number().nullable(),
      mtu: z.number().nullable(),
      remotes: names,
    })
    .nullable(),
})

export const linkView = z.strictObject({
  id: z.string(),
  state: linkState,
  endpoints: z.array(endpointView),
  impairments: impairments.exactOptional(),
  vni: z.number().nullable(),
  mtu: z.number().nullable(),
  pathMtu: z.number().exactOptional(),
  tunnels: z.array(tunnelView).exactOptional(),
  error: z.string().exactOptional(),
  doing: z.string().exactOptional(),
}) satisfies z.ZodType<LabView['links'][number]>

export const labView = z.strictObject({
  name: z.string(),
  state: labState,
  generation: count,
  changedAtMs: z.number().exactOptional(),
  nodes: z.array(nodeView),
  links: z.array(linkView),
  waiting: z
    .strictObject({
      code: errorCode,
      message: z.string(),
      details: z.record(z.string(), z.unknown()).exactOptional(),
    })
    .exactOptional(),
  notes: names,
}) satisfies z.ZodType<LabView>

export const interfaceView = z.strictObject({
  node: z.string(),
  kind: z.string().nullable(),
  interface: z.string(),
  vendor: z.string().nullable(),
  mac: z.string().nullable(),
  host: z.string().nullable(),
  bridge: z.string().nullable(),
  port: z.string().nullable(),
  vlan: z.number().nullable(),
  link: z.string(),
  state: linkState,
}) satisfies z.ZodType<InterfaceView>

export const labReconciled = z.strictObject({
  lab: z.string(),
  hosts: z.array(
    z.strictObject({
      host: z.string(),
      done: z.array(
        z.strictObject({
          op: z.string(),
          what: z.string(),
          reason: z.string(),
          ok: z.boolean(),
          message: z.string().nullable(),
          ms: z.number(),
        }),
      ),
      wrong: z.array(z.strictObject({ what: z.string(), reason: z.string(), error: z.string().nullable() })),
      unreachable: z.string().exactOptional(),
    }),
  ),
}) satisfies z.ZodType<LabReconciled>

export const execResult = z.strictObject({
  exitCode: z.int(),
  stdout: z.string(),
  stderr: z.string(),
  host: z.string(),
}) satisfies z.ZodType<ExecResult>

export const restarted = z.strictObject({
  lab: z.string(),
  node: z.string(),
  host: z.string(),
}) satisfies z.ZodType<Restarted>

export const impairedLink = z.strictObject({
  lab: z.string(),
  generation: count,
  link: z.string(),
  impairments,
}) satisfies z.ZodType<ImpairedLink>

export const labImage = z.strictObject({
  lab: z.string(),
  image: z.string(),
  id: z.string().nullable(),
  hosts: names,
  others: names,
}) satisfies z.ZodType<LabImage>
