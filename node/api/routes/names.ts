import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'

/** Names of lab nodes and hosts, as this host knows them. */
export function nameRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/names', () => agent.names())
}
