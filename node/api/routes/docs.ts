import type { FastifyInstance } from 'fastify'
import { docsPage } from '../contract/docs-page.ts'

/** What the API can: for programs, and for people where `hasPage`. */
export function docsRoutes(app: FastifyInstance, hasPage: boolean): void {
  app.get('/openapi.json', () => app.swagger())
  if (hasPage)
    app.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(docsPage(app.swagger())))
}
