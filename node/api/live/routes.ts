import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import { systemClock } from '#platform/clock.ts'
import { LiveHub } from './hub.ts'
import { LiveLoop } from './loop.ts'
import { openTab } from './socket-tab.ts'

/** What is so now, and each change of it: a WebSocket of JSON messages. Register it where WebSockets are. */
export function liveRoutes(app: FastifyInstance, agent: AgentPort): void {
  const hub = new LiveHub({ agent, clock: systemClock })
  const loop = new LiveLoop(hub, app.log)
  app.addHook('onClose', async () => loop.stop())
  app.route({
    method: 'GET',
    url: '/v1/live',
    handler: () => {
      throw new MeshError('BAD_INPUT', 'this is a WebSocket; ask for an upgrade')
    },
    wsHandler: (socket, { actor, secret }) => {
      const mayStay = (): boolean => actor?.type === 'local' || agent.access.holds(secret)
      openTab(socket, hub, { who: `${actor?.type} ${actor?.name}`, mayStay })
      if (hub.tabs > 0) loop.start()
    },
  })
}
