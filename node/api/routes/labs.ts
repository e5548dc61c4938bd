import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { decode } from '../decode.ts'
import { readGoodLab, readLab } from '../read-lab.ts'
import { execBody, labBody, labNodeParams, labParams } from '../schemas.ts'

/** Labs: list, look, check, plan, submit, take down, run a command inside a lab node. */
export function labRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/labs', () => agent.labs())
  app.get('/v1/labs/:lab', (request) => agent.lab(labOf(request.params)))
  app.get('/v1/labs/:lab/links', (request) => agent.lab(labOf(request.params)).links)
  app.delete('/v1/labs/:lab', async (request, reply) => {
    const lab = labOf(request.params)
    await agent.remove(lab)
    return reply.code(202).send({ lab })
  })
  app.post('/v1/labs/:lab/nodes/:node/exec', (request) => {
    const { lab, node } = decode(labNodeParams, request.params, 'path')
    const { argv } = decode(execBody, request.body, 'body')
    return agent.exec(lab, node, argv)
  })
  submitRoutes(app, agent)
}

const labOf = (params: unknown): string => decode(labParams, params, 'path').lab

function submitRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.post('/v1/labs/validate', (request) => {
    const { intent, problems } = readLab(decode(labBody, request.body, 'body'))
    return { valid: intent !== undefined, problems }
  })
  app.post('/v1/labs/plan', (request) => {
    const { intent, problems } = readGoodLab(decode(labBody, request.body, 'body'))
    return { ...agent.plan(intent), warnings: problems }
  })
  app.post('/v1/labs', async (request, reply) => {
    const { intent, contents, problems } = readGoodLab(decode(labBody, request.body, 'body'))
    const { generation } = await agent.submit(intent, contents)
    return reply.code(202).send({ lab: intent.name, generation, warnings: problems })
  })
}
