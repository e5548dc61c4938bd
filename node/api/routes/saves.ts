import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { AgentPort } from '#agent/port.ts'
import { NODE_NAME } from '#core/model/ids.ts'
import { decode } from '../decode.ts'
import { labNodeParams, labParams, MAX_NAMES_BYTES } from '../schemas.ts'

const nodeNames = z
  .array(z.string().regex(NODE_NAME, `not a node name; it must match ${NODE_NAME.source}`))
  .min(1)
  .max(10_000)
/** Body of POST /v1/labs/:lab/saves; all nodes that can unless some are named. */
export const saveBody = z.strictObject({ nodes: nodeNames.optional() })
/** Query of GET /v1/labs/:lab/saves/:node; the newest unless told. */
export const savedQuery = z.strictObject({ save: z.coerce.number().int().min(1).optional() })
/** Query of DELETE /v1/labs/:lab/saves; `nodes`: names with commas between. */
export const forgetQuery = z.strictObject({
  nodes: z
    .string()
    .transform((text) => text.split(','))
    .pipe(nodeNames)
    .optional(),
})

/** Configurations of lab nodes: save, list, show, forget. */
export function saveRoutes(app: FastifyInstance, agent: AgentPort): void {
  const labOf = (params: unknown): string => decode(labParams, params, 'path').lab
  app.post('/v1/labs/:lab/saves', { bodyLimit: MAX_NAMES_BYTES }, (request) => {
    const { nodes } = decode(saveBody, request.body ?? {}, 'body')
    return agent.saveConfigs(labOf(request.params), nodes)
  })
  app.get('/v1/labs/:lab/saves', (request) => agent.saves(labOf(request.params)))
  app.get('/v1/labs/:lab/saves/:node', (request) => {
    const { lab, node } = decode(labNodeParams, request.params, 'path')
    return agent.savedConfig(lab, node, decode(savedQuery, request.query, 'query').save)
  })
  app.delete('/v1/labs/:lab/saves', async (request, reply) => {
    await agent.forgetSaved(labOf(request.params), decode(forgetQuery, request.query, 'query').nodes)
    return reply.code(204).send()
  })
}
