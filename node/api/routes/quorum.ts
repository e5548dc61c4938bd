import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { decode } from '../decode.ts'
import { recoverBody } from '../schemas.ts'

/** Who votes and whether a majority is there; recovery where it is lost for good. */
export function quorumRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/quorum', () => agent.quorum())
  app.post('/v1/quorum/recover', (request) => agent.recoverQuorum(decode(recoverBody, request.body, 'body')))
}
