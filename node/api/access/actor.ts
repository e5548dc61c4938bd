import type { FastifyRequest } from 'fastify'
import type { Actor, Credential } from '#agent/port.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. On routes that are open to everybody: null where nobody is known. */
    actor: Actor | null
    /** What the actor showed; null on the socket of this host. */
    credential: Credential | null
    /** The session or API token that was shown, empty where there was none; a secret. */
    secret: string
  }
}

/** Whoever may open the socket of this host: its file says who that is. */
export const LOCAL: Actor = { type: 'local', name: 'local', role: 'admin' }

const SESSION_COOKIE = 'skein_session'

/** The session or API token of a request: a bearer token counts before the cookie. Empty where there is none. */
export function secretOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  const [scheme = '', token = ''] = (headers.authorization ?? '').split(' ')
  if (scheme.toLowerCase() === 'bearer') return token
  return cookieOf(headers.cookie ?? '', SESSION_COOKIE)
}

/** The value of a cookie, RFC 6265 §4.2.1; empty where it is not there. */
function cookieOf(header: string, name: string): string {
  for (const part of header.split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return ''
}

/** The `Set-Cookie` of a session; an empty one takes it away. `isSecure`: the browser may send it by HTTPS alone. */
export const sessionCookie = (token: string, isSecure: boolean): string =>
  [
    `${SESSION_COOKIE}=${token}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    ...(isSecure ? ['Secure'] : []),
    ...(token === '' ? ['Max-Age=0'] : []),
  ].join('; ')
