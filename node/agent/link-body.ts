import { z } from 'zod'
import { HOST_NAME, NODE_NAME } from '#core/model/ids.ts'

/** As Linux takes it, and no option of a tool. */
const device = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/)
const host = z.string().regex(HOST_NAME).optional()
const name = z.string().regex(NODE_NAME)
const mac = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/)
const address = z.string().regex(/^[0-9A-Fa-f:.]{2,45}$/)

/** One end of a link, in the body of an intent. */
export const endpointBody = z.looseObject({
  node: z.string(),
  interface: z.string(),
  alias: z.string().optional(),
  mac: mac.optional(),
  ipv4: z.string().optional(),
  ipv6: z.string().optional(),
})

/** What a link ends in that is no node, in the body of an intent. */
export const anchorBody = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('host'), name, host }),
  z.looseObject({ type: z.literal('ext-container'), name, host, container: name }),
  z.looseObject({
    type: z.literal('vxlan'),
    name,
    host,
    remote: address,
    vni: z.int().min(1).max(16_777_215),
    udpPort: z.int().min(1).max(65_535),
  }),
])

/** What segments and links may say besides their ends, in the body of an intent. */
export const segmentParts = {
  device: z
    .discriminatedUnion('type', [
      z.looseObject({ type: z.literal('dummy') }),
      z.looseObject({ type: z.literal('mgmt-net') }),
      z.looseObject({
        type: z.literal('macvlan'),
        parent: device,
        mode: z.enum(['bridge', 'vepa', 'private', 'passthru']),
        host,
      }),
    ])
    .optional(),
  bridges: z.array(z.looseObject({ name, host })).optional(),
}
