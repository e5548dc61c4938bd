import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a browser says that another site is behind a request. Browsers send `Origin` with every WebSocket and everything but GET and
 * HEAD (https://fetch.spec.whatwg.org/#origin-header); programs that are no browsers send none, and nobody lends them a cookie.
 */
export function isForeign({ origin, host, ...headers }: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site']
  if (origin === undefined) return site === 'cross-site' || site === 'same-site'
  const own = URL.canParse(origin) ? new URL(origin).host : ''
  return own === '' || own !== host?.toLowerCase()
}

/** Whether a request is one that another site must not send on a user's behalf. */
export const isGuarded = (method: string, headers: IncomingHttpHeaders): boolean =>
  (method !== 'GET' && method !== 'HEAD') || headers.upgrade !== undefined
