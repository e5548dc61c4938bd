import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { decode } from '../decode.ts'
import { MAX_ASK_BYTES, scheduleBody, scheduleParams } from '../iperf-schemas.ts'

/** What is measured again and again. */
export function scheduleRoutes(app: FastifyInstance, { iperf }: AgentPort): void {
  const nameOf = (params: unknown): string => decode(scheduleParams, params, 'path').name
  app.get('/v1/iperf/schedules', () => iperf.schedules())
  app.put('/v1/iperf/schedules/:name', { bodyLimit: MAX_ASK_BYTES }, ({ params, body }) => {
    const name = nameOf(params)
    const ask = decode(scheduleBody, body, 'body')
    const { shape = (ask.pairs ?? []).length > 0 ? 'pairs' : 'mesh' } = ask
    return iperf.setSchedule({ ...ask, name, shape })
  })
  app.delete('/v1/iperf/schedules/:name', async ({ params }, reply) => {
    await iperf.removeSchedule(nameOf(params))
    return reply.code(204).send()
  })
}
