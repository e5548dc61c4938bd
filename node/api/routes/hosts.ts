import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { compareText } from '#core/record/version.ts'
import { decode } from '../decode.ts'
import { hostParams, removeQuery } from '../schemas.ts'

/** Hosts of the mesh: list, look, drain, use again, remove. */
export function hostRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/hosts', () => agent.hosts().toSorted((a, b) => compareText(a.name, b.name)))
  app.get('/v1/hosts/:host', (request) => agent.host(hostOf(request.params)))
  app.post('/v1/hosts/:host/drain', (request) => agent.drainHost(hostOf(request.params), true))
  app.post('/v1/hosts/:host/undrain', (request) => agent.drainHost(hostOf(request.params), false))
  app.delete('/v1/hosts/:host', (request) => {
    const { force } = decode(removeQuery, request.query, 'query')
    return agent.removeHost(hostOf(request.params), { force: force === 'true' })
  })
}

const hostOf = (params: unknown): string => decode(hostParams, params, 'path').host
