import { CODE, decodeQuery, encodeError, encodeReply } from '#core/dns/message.ts'
import { Answers, type Names } from '#core/names/names.ts'
import { TTL_S } from '#core/names/zone.ts'
import { askDns, type DnsDoor, type DnsVia, openDnsDoor } from '#platform/dns-door.ts'
import type { Logger } from '#platform/log.ts'

export interface DnsOptions {
  readonly log: Logger
  /** DNS servers of this host, for names of others; asked for again now and then. */
  upstreams(): readonly string[]
  count(code: string): void
  openDoor?: typeof openDnsDoor
  ask?: typeof askDns
}

const DNS_PORT = 53
/** What a resolver waits for an answer before it asks the next server: resolv.conf(5), `timeout`. */
const ASK_MS = 4_000
/** Queries of others that are under way at once; more are refused. */
const MAX_ASKED = 128
/** An address that could not be used is tried again after this. */
const RETRY_MS = 10_000

/** Answers for names of the mesh on addresses of this host, and passes all others on to its own servers. */
export class Dns {
  readonly #options: DnsOptions
  readonly #doors = new Map<string, DnsDoor | 'opening'>()
  /** Why an address cannot be used, and since when. */
  readonly #closed = new Map<string, { readonly atMs: number; readonly message: string }>()
  #answers = new Answers({ nodes: [], hosts: [] })
  #asked = 0

  constructor(options: DnsOptions) {
    this.#options = options
  }

  /** From now on these are the names. */
  know(names: Names): void {
    this.#answers = new Answers(names)
  }

  /** Listens on exactly these addresses, as far as it can. Never rejects. */
  async listen(addresses: readonly string[], nowMs: number): Promise<void> {
    const wanted = new Set(addresses)
    for (const [address, door] of this.#doors)
      if (!wanted.has(address) && door !== 'opening') {
        this.#doors.delete(address)
        await door.close()
      }
    for (const address of this.#closed.keys()) if (!wanted.has(address)) this.#closed.delete(address)
    await Promise.all([...wanted].map((address) => this.#open(address, nowMs)))
  }

  /** Addresses that cannot be used, and why. */
  get troubles(): readonly string[] {
    return [...this.#closed].map(([address, { message }]) => `names are not answered on ${address}: ${message}`)
  }

  async #open(address: string, nowMs: number): Promise<void> {
    const failed = this.#closed.get(address)
    if (this.#doors.has(address) || (failed !== undefined && nowMs - failed.atMs < RETRY_MS)) return
    this.#doors.set(address, 'opening')
    const open = this.#options.openDoor ?? openDnsDoor
    try {
      this.#doors.set(address, await open({ address, port: DNS_PORT, answer: (...query) => this.answer(...query) }))
      this.#closed.delete(address)
    } catch (error) {
      this.#doors.delete(address)
      const message = error instanceof Error ? error.message : String(error)
      if (failed === undefined) this.#options.log.warn({ address, error: message }, 'cannot answer names')
      this.#closed.set(address, { atMs: nowMs, message })
    }
  }

  /** The bytes to answer a query with; undefined for what deserves none. Never rejects. */
  async answer(bytes: Uint8Array, from: string, via: DnsVia): Promise<Uint8Array | undefined> {
    const query = decodeQuery(bytes)
    if ('type' in query) return query.type === 'silent' ? undefined : encodeError(query.id, query.code)
    const reply = (code: number, answers: Parameters<typeof encodeReply>[1]['answers'] = []): Uint8Array =>
      encodeReply(query, { code, answers, ttlS: TTL_S }, via === 'udp' ? query.udpBytes : MAX_TCP_BYTES)
    const found = this.#answers.answer(query.question, from)
    if (found.type === 'found') return reply(CODE.ok, found.answers)
    if (found.type === 'unknown') return reply(CODE.unknown)
    return (await this.#ask(bytes, via)) ?? reply(CODE.failed)
  }

  async #ask(bytes: Uint8Array, via: DnsVia): Promise<Uint8Array | undefined> {
    if (this.#asked >= MAX_ASKED) {
      this.#options.count('DNS_BUSY')
      return undefined
    }
    this.#asked += 1
    try {
      const [first, second] = this.#options.upstreams().filter((server) => !this.#doors.has(server))
      const servers = [first, second].filter((server) => server !== undefined)
      for (const server of servers) {
        const timeoutMs = ASK_MS / servers.length
        const reply = await (this.#options.ask ?? askDns)(server, bytes, { via, timeoutMs }).catch(() => undefined)
        if (reply !== undefined) return reply
      }
      return undefined
    } finally {
      this.#asked -= 1
    }
  }

  async close(): Promise<void> {
    await this.listen([], 0)
  }
}

const MAX_TCP_BYTES = 65_535
