import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { decode } from '../decode.ts'
import { addressesBody } from '../schemas.ts'

/** The paths from this host to others, and where this host is reached. */
export function pathRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/paths', () => agent.paths())
  app.get('/v1/ways', () => agent.ways())
  app.post('/v1/self/addresses', (request) => {
    const { primary, secondary } = decode(addressesBody, request.body, 'body')
    return agent.setAddresses({
      ...(primary === undefined ? {} : { primary }),
      ...(secondary === undefined ? {} : { secondary }),
    })
  })
}
