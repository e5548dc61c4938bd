import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { decode } from '../decode.ts'
import { numberParams, tasksQuery } from '../iperf-schemas.ts'

/** What hosts and attached machines have to do for tests, and what tests hold. */
export function taskRoutes(app: FastifyInstance, { iperf }: AgentPort): void {
  const idOf = (params: unknown): number => decode(numberParams, params, 'path').id
  app.get('/v1/tasks', ({ query }) => {
    const { exercise, state } = decode(tasksQuery, query, 'query')
    return iperf.tasks({
      ...(exercise === undefined ? {} : { exercise }),
      ...(state === undefined ? {} : { state }),
    })
  })
  app.get('/v1/tasks/:id', ({ params }) => iperf.task(idOf(params)))
  app.post('/v1/tasks/:id/cancel', ({ params }) => iperf.cancelTask(idOf(params)))
  app.get('/v1/ports/reservations', () => iperf.reservations())
}
