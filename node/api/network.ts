import { createHash, X509Certificate } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Outside } from './access/outside.ts'
import { type Certificate, createListener, type Listener } from './listener.ts'

/** Where the API is on the network, and what it shows there. */
export interface NetworkOptions {
  /** IP address to listen on. */
  readonly address: string
  readonly port: number
  /**
   * The certificate as it should be now; asked again and again, undefined while there is none. Absent: HTTP without TLS.
   */
  certificate?(): Promise<Certificate | undefined>
  /** A certificate could not be had or used. */
  onTrouble(error: unknown): void
}

/** The API on the network. */
export interface Network {
  start(): Promise<void>
  stop(): Promise<void>
  /** Cookies go by HTTPS alone. */
  readonly isSecure: boolean
  /** SHA-256 of the certificate shown, as browsers and `openssl x509 -fingerprint` write it; null where there is none. */
  fingerprint(): string | null
  /** The port it listens on. */
  readonly port: number
}

/** How soon a certificate is asked for again: while there is none, and when there is one. */
const ASK_MS = { without: 1_000, with: 60_000 }

/** Lets the network in to `app`, and marks all that comes this way. */
export function createNetwork(app: FastifyInstance, outside: Outside, options: NetworkOptions): Network {
  const listener: Listener = createListener({
    ...options,
    tls: options.certificate !== undefined,
    onRequest: (request, response) => {
      outside.mark(request)
      app.routing(request, response)
    },
    // Plugins listen where Fastify itself does.
    onUpgrade: (request, socket, head) => {
      outside.mark(request)
      app.server.emit('upgrade', request, socket, head)
    },
  })
  const shown = new Shown(listener, options)
  return {
    isSecure: options.certificate !== undefined,
    fingerprint: () => shown.fingerprint,
    get port() {
      return listener.port
    },
    start: async () => {
      await app.ready()
      await listener.start()
      await shown.look()
    },
    stop: async () => {
      shown.stop()
      await listener.stop()
    },
  }
}

/** Keeps the certificate of a listener as it should be. */
class Shown {
  readonly #listener: Listener
  readonly #options: NetworkOptions
  #certificate = ''
  #timer: NodeJS.Timeout | undefined
  #isOver = false
  fingerprint: string | null = null

  constructor(listener: Listener, options: NetworkOptions) {
    this.#listener = listener
    this.#options = options
  }

  async look(): Promise<void> {
    const { certificate, onTrouble } = this.#options
    if (certificate === undefined) return
    try {
      this.#show(await certificate())
    } catch (error) {
      onTrouble(error)
    }
    if (this.#isOver) return
    const againMs = this.fingerprint === null ? ASK_MS.without : ASK_MS.with
    this.#timer = setTimeout(() => void this.look(), againMs).unref()
  }

  stop(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  #show(given: Certificate | undefined): void {
    if (given === undefined || given.certificate === this.#certificate) return
    this.#listener.setCertificate(given)
    this.#certificate = given.certificate
    this.fingerprint = fingerprintOf(given.certificate)
  }
}

/** SHA-256 of the first certificate of a PEM, in pairs of hex digits. */
export const fingerprintOf = (pem: string): string =>
  (createHash('sha256').update(new X509Certificate(pem).raw).digest('hex').toUpperCase().match(/../g) ?? []).join(':')
