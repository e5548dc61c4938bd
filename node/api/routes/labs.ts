import type { FastifyInstance } from 'fastify'
import type { AgentPort, Origin } from '#agent/port.ts'
import { labInterfaces } from '#core/view/interfaces.ts'
import { decode } from '../decode.ts'
import { readGoodLab, readLab } from '../read-lab.ts'
import {
  execBody,
  type LabBody,
  labBody,
  labNodeParams,
  labParams,
  MAX_BODY_BYTES,
  MAX_EXEC_BYTES,
  planQuery,
} from '../schemas.ts'

/** Labs: list, look, check, plan, submit, take down, run a command inside a lab node. */
export function labRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/labs', () => agent.labs())
  app.get('/v1/labs/:lab', (request) => agent.lab(labOf(request.params)))
  app.get('/v1/labs/:lab/links', (request) => agent.lab(labOf(request.params)).links)
  app.get('/v1/labs/:lab/interfaces', (request) => labInterfaces(agent.lab(labOf(request.params))))
  app.post('/v1/labs/:lab/reconcile', (request) => agent.reconcileLab(labOf(request.params)))
  app.delete('/v1/labs/:lab', async (request, reply) => {
    const lab = labOf(request.params)
    await agent.remove(lab)
    return reply.code(202).send({ lab })
  })
  app.post('/v1/labs/:lab/nodes/:node/exec', { bodyLimit: MAX_EXEC_BYTES }, (request) => {
    const { lab, node } = decode(labNodeParams, request.params, 'path')
    const { argv, stdinBase64 } = decode(execBody, request.body, 'body')
    return agent.exec(lab, node, argv, stdinBase64 === undefined ? {} : { stdin: Buffer.from(stdinBase64, 'base64') })
  })
  app.post('/v1/labs/:lab/nodes/:node/restart', (request) => {
    const { lab, node } = decode(labNodeParams, request.params, 'path')
    return agent.restartNode(lab, node)
  })
  submitRoutes(app, agent)
}

const labOf = (params: unknown): string => decode(labParams, params, 'path').lab

function submitRoutes(app: FastifyInstance, agent: AgentPort): void {
  const large = { bodyLimit: MAX_BODY_BYTES }
  app.post('/v1/labs/validate', large, (request) => {
    const { intent, problems } = readLab(decode(labBody, request.body, 'body'))
    return { valid: intent !== undefined, problems }
  })
  app.post('/v1/labs/plan', large, async (request) => {
    const { intent, problems } = readGoodLab(decode(labBody, request.body, 'body'))
    const { commands } = decode(planQuery, request.query, 'query')
    return { ...(await agent.plan(intent, { commands: commands === 'true' })), warnings: problems }
  })
  app.post('/v1/labs', large, async (request, reply) => {
    const body = decode(labBody, request.body, 'body')
    const { intent, contents, problems } = readGoodLab(body)
    const submitted = await agent.submit(intent, contents, originOf(body))
    return reply.code(202).send({ lab: intent.name, ...submitted, warnings: problems })
  })
}

const originOf = ({ topology, fileName, revisionName, message }: LabBody): Origin => ({
  topology,
  ...(fileName === undefined ? {} : { fileName }),
  ...(revisionName === undefined ? {} : { name: revisionName }),
  ...(message === undefined ? {} : { message }),
})
