import { z } from 'zod'
import type { LinksReconciled, Mappings } from '../../classic/interfaces.ts'
import type { Job } from '../../classic/jobs.ts'
import type { ClassicLab, Imported } from '../../classic/labs.ts'
import type { AgentRow } from '../../classic/routes.ts'
import { count, names, topologyProblem } from './common.ts'

export const agentRow = z.strictObject({
  id: z.string(),
  name: z.string(),
  address: z.string(),
  status: z.enum(['online', 'offline']),
  version: z.string().nullable(),
}) satisfies z.ZodType<AgentRow>

const lab = {
  id: z.string(),
  name: z.string(),
  state: z.enum(['draft', 'pending', 'creating', 'up', 'degraded', 'error', 'down']),
  has_topology: z.boolean(),
}
export const classicLab = z.strictObject(lab) satisfies z.ZodType<ClassicLab>

export const imported = z.strictObject({
  ...lab,
  nodes: count,
  links: count,
  warnings: z.array(topologyProblem),
}) satisfies z.ZodType<Imported>

export const job = z.strictObject({
  id: z.string(),
  lab_id: z.string(),
  action: z.enum(['up', 'down']),
  status: z.enum(['queued', 'running', 'completed', 'failed', 'canceled']),
  created_at: z.string(),
  completed_at: z.string().nullable(),
  host: z.string(),
  progress: z.strictObject({ done: count, total: count }).nullable(),
  error: z.string().nullable(),
  log: names,
}) satisfies z.ZodType<Job>

export const mappings = z.strictObject({
  mappings: z.array(
    z.strictObject({
      id: z.string(),
      lab_id: z.string(),
      node_id: z.string(),
      node_name: z.string(),
      ovs_port: z.string().nullable(),
      ovs_bridge: z.string().nullable(),
      vlan_tag: z.number().nullable(),
      linux_interface: z.string(),
      vendor_interface: z.string().nullable(),
      device_type: z.string().nullable(),
      host: z.string().nullable(),
      mac: z.string().nullable(),
      link_id: z.string(),
      link_state: z.enum(['pending', 'creating', 'up', 'down', 'error']),
    }),
  ),
  total: count,
}) satisfies z.ZodType<Mappings>

export const linksReconciled = z.strictObject({
  checked: count,
  valid: count,
  repaired: count,
  errors: count,
  skipped: count,
  unreachable: z.array(z.strictObject({ host: z.string(), why: z.string() })),
}) satisfies z.ZodType<LinksReconciled>
