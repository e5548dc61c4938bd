import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { AgentPort, ConsoleAsk } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import { talk } from '../console/talk.ts'
import { decode } from '../decode.ts'
import { labNodeParams } from '../schemas.ts'

const side = (usual: number) => z.coerce.number().int().min(1).max(1_000).default(usual)
const flag = z.enum(['0', '1', 'true', 'false']).transform((text) => text === '1' || text === 'true')

/**
 * Query of GET …/console. `session` goes on with a terminal, `after` is how many of its bytes the client has; `view` looks on only; `counts`
 * tells how much of what was typed was taken.
 */
export const consoleQuery = z.strictObject({
  cols: side(80),
  rows: side(24),
  session: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'not a session')
    .optional(),
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  view: flag.optional(),
  counts: flag.optional(),
})

/** A terminal in a node, over a WebSocket. */
export function consoleRoutes(app: FastifyInstance, agent: AgentPort): void {
  for (const url of ['/v1/labs/:lab/nodes/:node/console', '/labs/:lab/nodes/:node/console'])
    app.route({
      method: 'GET',
      url,
      handler: () => {
        throw new MeshError(
          'BAD_INPUT',
          'a console is a WebSocket: open this address as one, or use `skein lab console`',
        )
      },
      // What is wrong with the request is answered as ever, before there is a WebSocket.
      preValidation: async (request) => void askOf(request),
      wsHandler: (socket, request) => {
        void talk(socket, { ask: askOf(request), agent, log: request.log })
      },
    })
}

function askOf(request: FastifyRequest): ConsoleAsk {
  const node = decode(labNodeParams, request.params, 'path')
  return { ...node, ...decode(consoleQuery, request.query, 'query'), who: request.actor?.name ?? 'local' }
}
