import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { decode } from '../decode.ts'
import { idParams, tokenBody } from '../schemas.ts'

/** This host, the leader, join tokens, counters. */
export function meshRoutes(app: FastifyInstance, agent: AgentPort, version: string): void {
  app.get('/healthz', () => ({ status: 'ok', version }))
  app.get('/v1/self', () => agent.self())
  app.get('/v1/leader', () => agent.leader())
  app.get('/v1/counters', () => agent.counters())
  tokenRoutes(app, agent)
}

function tokenRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/tokens', () => agent.tokens())
  app.post('/v1/tokens', async (request, reply) => {
    const { name, ...rest } = decode(tokenBody, request.body, 'body')
    const token = await agent.createToken({ ...rest, ...(name === undefined ? {} : { name }) })
    return reply.code(201).send(token)
  })
  app.delete('/v1/tokens/:id', async (request, reply) => {
    const { id } = decode(idParams, request.params, 'path')
    await agent.revokeToken(id)
    return reply.code(204).send()
  })
}
