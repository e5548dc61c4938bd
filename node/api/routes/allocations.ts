import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { decode } from '../decode.ts'
import { ownerParams, reserveBody } from '../schemas.ts'

/** Numbers given out: looking at them, reserving some, giving them back. */
export function allocationRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/allocations', () => agent.allocations())
  app.post('/v1/allocations', async (request, reply) => {
    const { host, ttlMs, ...rest } = decode(reserveBody, request.body, 'body')
    const ask = { ...rest, ...(host === undefined ? {} : { host }), ...(ttlMs === undefined ? {} : { ttlMs }) }
    return reply.code(201).send(await agent.reserve(ask))
  })
  app.delete('/v1/allocations/:owner', async (request) => {
    const { owner } = decode(ownerParams, request.params, 'path')
    return { freed: await agent.free(owner) }
  })
}
