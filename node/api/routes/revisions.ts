import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { decode } from '../decode.ts'
import { diffQuery, labParams, labRevisionParams, rollbackBody } from '../schemas.ts'

/** The history of labs: list, look at one, compare, export, go back. */
export function revisionRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/labs/:lab/revisions', (request) => agent.revisions(labOf(request.params)))
  app.get('/v1/labs/:lab/revisions/:revision', (request) => {
    const { lab, revision } = decode(labRevisionParams, request.params, 'path')
    return agent.revision(lab, revision)
  })
  app.get('/v1/labs/:lab/export', async (request) => {
    const lab = labOf(request.params)
    const { revision, fileName, topology } = await agent.revision(lab)
    return { lab, revision, fileName, topology }
  })
  app.get('/v1/labs/:lab/diff', (request) => {
    const { from, to } = decode(diffQuery, request.query, 'query')
    return agent.diffRevisions(labOf(request.params), from, to)
  })
  app.post('/v1/labs/:lab/rollback', async (request, reply) => {
    const lab = labOf(request.params)
    const { revision, revisionName: name, message } = decode(rollbackBody, request.body, 'body')
    const origin = { ...(name === undefined ? {} : { name }), ...(message === undefined ? {} : { message }) }
    return reply.code(202).send({ lab, ...(await agent.rollback(lab, revision, origin)) })
  })
}

const labOf = (params: unknown): string => decode(labParams, params, 'path').lab
