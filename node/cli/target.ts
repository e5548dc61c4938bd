import { badUsage } from './failures.ts'

/** Where an agent's API listens. */
export type Target = { readonly type: 'socket'; readonly path: string } | TcpTarget

interface TcpTarget {
  readonly type: 'tcp'
  readonly origin: string
  readonly host: string
  readonly port: number
  /** How an agent on the network is spoken to, where it is by HTTPS. */
  readonly tls?: {
    /** PEM: only who shows a certificate of this authority is believed; those of the system where it is absent. */
    readonly ca?: string
  }
  /** Session or API token; a secret. */
  readonly token?: string
}

const DEFAULT_PORT = 8010

/** Reads `https://host:port`, `http://host:port`, `unix:/path` or a plain path. Bad usage where it is none of them. */
export function parseTarget(text: string): Target {
  if (text.startsWith('unix:')) return socketTarget(text, text.slice('unix:'.length).replace(/^\/\/(?=\/)/, ''))
  if (text.startsWith('/') || text.startsWith('./') || text.startsWith('../')) return socketTarget(text, text)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') throw notUnderstood(text)
  const isSecure = url.protocol === 'https:'
  const usual = isSecure ? 443 : 80
  const hasOwnPort = url.port !== '' || new RegExp(`^https?://[^/]*:${usual}(/|$)`).test(text)
  const port = hasOwnPort ? Number(url.port || usual) : DEFAULT_PORT
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return {
    type: 'tcp',
    origin: `${url.protocol}//${url.hostname}:${port}`,
    host,
    port,
    ...(isSecure ? { tls: {} } : {}),
  }
}

/** A target, as messages name it. */
export const targetText = (target: Target): string => (target.type === 'socket' ? target.path : target.origin)

function socketTarget(text: string, path: string): Target {
  if (path === '') throw notUnderstood(text)
  return { type: 'socket', path }
}

const notUnderstood = (text: string) =>
  badUsage(
    `the API address ${JSON.stringify(text)} is not understood`,
    'Write https://HOST:PORT, http://HOST:PORT, unix:/PATH or a path of a socket.',
  )
