import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import { decode } from '../decode.ts'
import { idParams, tokenBody } from '../schemas.ts'

/** This host, the leader, join tokens, counters. */
export function meshRoutes(app: FastifyInstance, agent: AgentPort, version: string): void {
  app.get('/healthz', () => ({ status: 'ok', version }))
  app.get('/readyz', async ({ actor }) => {
    // Everybody may ask; names of hosts and words of tools are for those who are known.
    const checks = (await agent.readiness()).map((check) =>
      actor === null && !check.ok ? { ...check, why: 'log in to see why' } : check,
    )
    const faults = checks.flatMap(({ name, why }) => (why === null ? [] : [`${name}: ${why}`]))
    if (faults.length > 0)
      throw new MeshError('NOT_READY', `this host cannot do its work: ${faults.join('; ')}`, { checks })
    return { status: 'ready', version, checks }
  })
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
