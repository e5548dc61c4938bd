import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** For every answer. No HSTS: a browser that does not know the authority of the mesh would refuse what its user accepted. */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const

const nonces = new WeakMap<FastifyReply, string>()

/** The nonce that styles in the page of this answer carry; the answer's policy names it. */
export function nonceOf(reply: FastifyReply): string {
  const nonce = nonces.get(reply) ?? randomBytes(16).toString('base64')
  nonces.set(reply, nonce)
  return nonce
}

const policyOf = (nonce: string | undefined): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${nonce === undefined ? '' : ` 'nonce-${nonce}'`}`,
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')

/** What browsers may do with the answers of `app`. They are kept by nobody, but for files of the UI that say so themselves. */
export function addHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => {
    void reply.headers(HEADERS)
    void reply.header('content-security-policy', policyOf(nonces.get(reply)))
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store')
  })
}
