import { readFile } from 'node:fs/promises'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { nonceOf } from './access/headers.ts'

/** What `npm run ui` puts into the page for the nonce of each answer. */
const NONCE = '__NONCE__'
/** Not the UI's, whoever asks: programs read them, and people look at them in their browser. */
const PROGRAMS = /^\/(?:v1|auth|api|assets|docs|openapi\.json|metrics|healthz|readyz)(?:\/|$)/
/** Names of built files end in a hash of what is in them. */
const HASHED = /-[\w-]{8}\.(?:js|css|svg|woff2)$/
const YEAR_S = 31_536_000

/**
 * Serves the UI that was built into `folder`: its files, and its page for every place a browser goes to, also where programs get JSON. Call it
 * before routes and access are added: the page says nothing of the mesh, so everybody may have it.
 */
export function servePages(app: FastifyInstance, folder: string): void {
  app.addHook('onRequest', async (request, reply) => (isNavigation(request) ? page(reply, folder) : undefined))
  void app.register(fastifyStatic, {
    root: folder,
    index: false,
    preCompressed: true,
    dotfiles: 'ignore',
    cacheControl: false,
    allowedPath: (path) => path.startsWith('/assets/'),
    setHeaders: (reply, path) => {
      const isHashed = HASHED.test(path.replace(/\.gz$/, ''))
      void reply.header('cache-control', isHashed ? `public, max-age=${YEAR_S}, immutable` : 'public, max-age=300')
    },
  })
}

/** A person opens a page; programs and scripts do not ask for HTML by name. */
const isNavigation = ({ method, url, headers }: FastifyRequest): boolean =>
  method === 'GET' &&
  headers.upgrade === undefined &&
  (headers.accept ?? '').includes('text/html') &&
  !PROGRAMS.test(url.split('?')[0] ?? '')

/** Read anew for each answer: it is small, and a build that came later is then served whole. */
async function page(reply: FastifyReply, folder: string): Promise<FastifyReply> {
  void reply.header('cache-control', 'no-store')
  try {
    const text = await readFile(`${folder}/index.html`, 'utf8')
    return reply.type('text/html; charset=utf-8').send(text.replaceAll(NONCE, nonceOf(reply)))
  } catch {
    const text =
      'The pages of this host are not built. In its checkout: npm ci && npm run ui\nThe command line works without them.\n'
    return reply.code(503).type('text/plain; charset=utf-8').send(text)
  }
}
