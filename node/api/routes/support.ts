import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import type { AgentPort } from '#agent/port.ts'
import type { Metrics } from '#metrics/index.ts'
import { bundleName } from '#platform/bundle-name.ts'
import { systemClock } from '#platform/clock.ts'
import { tarPieces } from '#platform/tar.ts'
import { type SupportDeps, supportFiles } from '../support/files.ts'

export interface SupportRouteDeps {
  readonly agent: AgentPort
  readonly version: string
  readonly metrics: Pick<Metrics, 'scrape'>
  readonly support: SupportDeps
}

/** All that tells how this host does, in one archive without secrets, made while it is sent. */
export function supportRoutes(app: FastifyInstance, { agent, version, metrics, support }: SupportRouteDeps): void {
  // HEAD would make all of it.
  app.get('/v1/support-bundle', { exposeHeadRoute: false }, (request, reply) => {
    const nowMs = systemClock.nowMs()
    const name = `${bundleName(agent.self().name, nowMs)}.tgz`
    const files = supportFiles({ ...support, agent, version, metrics, nowMs })
    const archive = createGzip()
    pipeline(Readable.from(tarPieces(files), { objectMode: false }), archive, (error) => {
      // Whoever hangs up ends it.
      if (error != null && error.code !== 'ERR_STREAM_PREMATURE_CLOSE')
        request.log.warn({ err: error }, 'a support bundle broke off')
    })
    return reply
      .type('application/gzip')
      .header('content-disposition', `attachment; filename="${name}"`)
      .header('cache-control', 'no-store')
      .send(archive)
  })
}
