import type { IncomingMessage, RequestListener, Server, ServerOptions } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { MeshError } from '#core/model/errors.ts'

/** Certificate, with those that lead to its authority, and key; PEM. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
}

export interface ListenerOptions {
  /** IP address to listen on. */
  readonly address: string
  readonly port: number
  readonly tls: boolean
  onRequest: RequestListener
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** The API on the network. */
export interface Listener {
  /** Rejects with BAD_INPUT where the address cannot be listened on. Nobody gets through before there is a certificate. */
  start(): Promise<void>
  /** For connections from now on. Throws where they do not belong together. */
  setCertificate(certificate: Certificate): void
  stop(): Promise<void>
  /** The port it listens on. */
  readonly port: number
}

/** A client that is slower than this holds a place that others need. */
const SLOW: ServerOptions = {
  headersTimeout: 10_000,
  // Files of a lab take their time on a slow line.
  requestTimeout: 300_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16_384,
  connectionsCheckingInterval: 5_000,
}
const HANDSHAKE_MS = 10_000
/** Connections at once, and of one address: more than a person has tabs, few enough that nobody takes all. */
const MAX_CONNECTIONS = 2_000
const MAX_OF_ADDRESS = 500

/** Makes nothing yet: `start` does. */
export function createListener({ address, port, tls, onRequest, onUpgrade }: ListenerOptions): Listener {
  const secure = tls
    ? createTlsServer({ ...SLOW, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS }, onRequest)
    : undefined
  const server: Server | TlsServer = secure ?? createServer(SLOW, onRequest)
  server.maxConnections = MAX_CONNECTIONS
  limitByAddress(server)
  server.on('upgrade', onUpgrade)
  server.on('clientError', (_error, socket: Duplex) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    else socket.destroy()
  })
  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, address, port)))
        server.listen({ host: address, port }, resolve)
      }),
    setCertificate: ({ certificate, key }) =>
      secure?.setSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    get port() {
      const at = server.address()
      return typeof at === 'object' && at !== null ? at.port : port
    },
  }
}

/** Who has too many connections open gets no more of them. */
function limitByAddress(server: Server): void {
  const open = new Map<string, number>()
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? ''
    const count = (open.get(address) ?? 0) + 1
    if (count > MAX_OF_ADDRESS) return void socket.destroy()
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    })
  })
}

const cannotListen = (error: NodeJS.ErrnoException, address: string, port: number): MeshError =>
  new MeshError(
    'BAD_INPUT',
    error.code === 'EADDRINUSE'
      ? `something else listens on ${address} port ${port} already; name another with api-port`
      : `cannot listen on ${address} port ${port}: ${error.message}; see api-listen and api-port`,
    { address, port, code: error.code ?? 'unknown' },
    error,
  )
