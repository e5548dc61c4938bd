import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'

/** Images of labs that run, and which hosts have them. */
export function imageRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/images', () => agent.images())
}
