import { badUsage } from './failures.ts'

/** Where an agent's API listens. */
export type Target =
  | { readonly type: 'socket'; readonly path: string }
  | { readonly type: 'tcp'; readonly origin: string; readonly host: string; readonly port: number }

const DEFAULT_PORT = 8010

/** Reads `http://host:port`, `unix:/path` or a plain path. Bad usage where it is none of them. */
export function parseTarget(text: string): Target {
  if (text.startsWith('unix:')) return socketTarget(text, text.slice('unix:'.length).replace(/^\/\/(?=\/)/, ''))
  if (text.startsWith('/') || text.startsWith('./') || text.startsWith('../')) return socketTarget(text, text)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' || url.hostname === '') throw notUnderstood(text)
  const hasOwnPort = url.port !== '' || /^http:\/\/[^/]*:80(\/|$)/.test(text)
  const port = hasOwnPort ? Number(url.port || 80) : DEFAULT_PORT
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return { type: 'tcp', origin: `http://${url.hostname}:${port}`, host, port }
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
    'Write http://HOST:PORT, unix:/PATH or a path of a socket.',
  )
