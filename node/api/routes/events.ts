import type { FastifyInstance, FastifyReply } from 'fastify'
import type { AgentPort, EventsAsk } from '#agent/port.ts'
import { decode } from '../decode.ts'
import { EventStream } from '../event-stream.ts'
import { eventsQuery } from '../schemas.ts'

/** What happened: a page of it, or all that happens from now on. */
export function eventRoutes(app: FastifyInstance, agent: AgentPort): void {
  app.get('/v1/events', (request) => agent.events(askOf(request.query, 50)))
  // HEAD would never be answered.
  app.get('/v1/events/follow', { exposeHeadRoute: false }, (request, reply) =>
    follow(agent, askOf(request.query, 0), reply),
  )
}

function askOf(query: unknown, limit: number): EventsAsk {
  const { lab, host, since, ageMs, ...rest } = decode(eventsQuery, query, 'query')
  return {
    limit: rest.limit ?? limit,
    ...(lab === undefined ? {} : { lab }),
    ...(host === undefined ? {} : { host }),
    ...(since === undefined ? {} : { since }),
    ...(ageMs === undefined ? {} : { ageMs }),
  }
}

/** JSON, one value a line, as {@link EventStream} has it. */
function follow(agent: AgentPort, ask: EventsAsk, reply: FastifyReply): FastifyReply {
  const { raw } = reply
  const stream = new EventStream(raw)
  const followed = agent.followEvents(ask, (event) => stream.push(event))
  reply.hijack()
  raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
  stream.start(followed)
  return reply
}
