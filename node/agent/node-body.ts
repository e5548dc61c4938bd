import { z } from 'zod'
import { NODE_NAME } from '#core/model/ids.ts'
import { STAGES } from '#core/model/node-parts.ts'

/** Unknown fields pass: a later version may add some. */
const count = z.int().min(0)
const texts = z.array(z.string())
const nodeName = z.string().regex(NODE_NAME)
const path = z.string().refine((text) => !text.startsWith('/') && !text.split('/').includes('..'))

const stage = z.looseObject({
  waitFor: z.array(z.looseObject({ node: nodeName, stage: z.enum(STAGES) })),
  exec: z.array(
    z.looseObject({ argv: texts, phase: z.enum(['on-enter', 'on-exit']), target: z.enum(['container', 'host']) }),
  ),
})

const inside = z
  .string()
  .regex(/^\/[^\0]{1,250}$/)
  .refine((text) => !text.split('/').includes('..'))
const command = texts.min(1)

const software = z.looseObject({
  kind: z.string().optional(),
  boot: z
    .array(z.looseObject({ argv: command, until: z.looseObject({ prints: z.string(), withinMs: count }).optional() }))
    .optional(),
  hasHealth: z.literal(true).optional(),
  config: z
    .looseObject({
      path: inside,
      textPath: inside.optional(),
      mode: count.max(0o777).optional(),
      gid: count.max(65_535).optional(),
      isEnforced: z.literal(true).optional(),
    })
    .optional(),
  licensePath: inside.optional(),
  save: command.optional(),
  get: command.optional(),
  console: command.optional(),
})

/** What a node of an intent may have and need not: its shape in `LabNode`. */
export const nodeParts = {
  networkMode: z.enum(['none', 'host', 'container']).optional(),
  networkOf: nodeName.optional(),
  imageFiles: z.array(path).optional(),
  type: z.string().optional(),
  group: z.string().optional(),
  hostname: z.string().optional(),
  pull: z.enum(['always', 'never']).optional(),
  restart: z.enum(['no', 'on-failure']).optional(),
  mgmtIpv4: z.string().optional(),
  mgmtIpv6: z.string().optional(),
  aliases: texts.optional(),
  volumes: z
    .array(
      z.looseObject({
        name: z.string().optional(),
        target: z.string(),
        readOnly: z.boolean().optional(),
        noCopy: z.boolean().optional(),
      }),
    )
    .optional(),
  cpuSet: z.string().optional(),
  shmBytes: count.optional(),
  devices: z.array(z.looseObject({ source: z.string(), target: z.string(), permissions: z.string() })).optional(),
  capAdd: texts.optional(),
  privileged: z.boolean().optional(),
  tmpfs: z.record(z.string(), z.string()).optional(),
  securityOpts: texts.optional(),
  cgroupns: z.enum(['host', 'private']).optional(),
  cgroupParent: z.string().optional(),
  pid: z.literal('host').optional(),
  dns: z.looseObject({ servers: texts, search: texts, options: texts }).optional(),
  healthcheck: z
    .looseObject({
      test: texts,
      intervalMs: count.optional(),
      timeoutMs: count.optional(),
      startPeriodMs: count.optional(),
      retries: count.optional(),
    })
    .optional(),
  stages: z.partialRecord(z.enum(STAGES), stage).optional(),
  startupConfig: path.optional(),
  software: software.optional(),
  license: path.optional(),
}
