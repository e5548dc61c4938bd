import type { FastifyInstance } from 'fastify'
import { MeshError } from '#core/model/errors.ts'
import { isMachinePath } from './access/machine.ts'

/** Of the API, as programs name it in `X-API-Version`. */
const VERSION = '1'

/** Before anything else: a program of another version is told so with 426. Attached machines must name theirs, others may. */
export function checkApiVersion(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ headers, routeOptions: { url = '' } }, reply) => {
    const named = headers['x-api-version']
    if (named === VERSION || !url.startsWith('/v1/') || (named === undefined && !isMachinePath(url))) return
    void reply.header('x-api-version', VERSION)
    const was = named === undefined ? 'X-API-Version is missing' : `X-API-Version is ${String(named).slice(0, 40)}`
    throw new MeshError('API_VERSION', `${was}; this host speaks version ${VERSION}`, { version: Number(VERSION) })
  })
}
