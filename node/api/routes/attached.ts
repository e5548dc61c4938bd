import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { decode } from '../decode.ts'
import { machineBody, machinesQuery, numberParams } from '../iperf-schemas.ts'

/** Machines that cannot run an agent, for those who look after them. */
export function attachedRoutes(app: FastifyInstance, agent: AgentPort): void {
  const { attached } = agent.iperf
  const idOf = (params: unknown): number => decode(numberParams, params, 'path').id
  app.post('/v1/agents', async ({ body }, reply) =>
    reply.code(201).send(await attached.create(decode(machineBody, body, 'body'))),
  )
  app.get('/v1/agents', ({ query }) => {
    const { status } = decode(machinesQuery, query, 'query')
    return attached.list().filter(({ state }) => status === undefined || state === status)
  })
  app.get('/v1/agents/:id', ({ params }) => attached.get(idOf(params)))
  app.delete('/v1/agents/:id', async ({ params }, reply) => {
    await attached.remove(idOf(params))
    return reply.code(204).send()
  })
}
