import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { AgentPort } from '#agent/port.ts'
import { OPEN_RECORDS } from '#core/record/open.ts'
import { decode } from '../decode.ts'

/** `kind` and, as the rest of the path, the key; ids of hosts and names of labs stand in keys. */
export const recordParams = z.object({
  kind: z.enum(OPEN_RECORDS, `not one of ${OPEN_RECORDS.join(', ')}`),
  '*': z.string().regex(/^[\w./:-]{1,200}$/, 'not the key of a record'),
})

/** Records as their authors signed them: whoever reads one can check the signature without trusting this host. */
export function recordRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/records/:kind/*', (request) => {
    const { kind, '*': key } = decode(recordParams, request.params, 'path')
    return agent.record(kind, key)
  })
}
