import { randomBytes } from 'node:crypto'
import type { Engine } from '#core/engine/engine.ts'
import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'
import type { Resource } from '#core/model/resource.ts'
import { Tunnels } from '#core/paths/tunnels.ts'
import type { Clock } from '#platform/clock.ts'
import type { Datagrams, Remote } from '#platform/datagrams.ts'
import type { Logger } from '#platform/log.ts'
import { memberAt } from '../consensus/quorum.ts'
import { MARK_BYTES, type OpenDatagrams } from './probe-port.ts'

export interface TunnelProbesOptions {
  readonly engine: Pick<Engine, 'self' | 'roster'>
  readonly clock: Clock
  readonly log: Logger
  /** Of the probes, the same on every host. */
  readonly port: number
  /** Everything this host had to have at the last look. */
  wanted(): readonly Resource[]
  open: OpenDatagrams
}

/** What messages begin with. */
export const TUNNEL_MARK = 'skt1'
const TICK_MS = 250
const REOPEN_MS = 10_000
/** A tick later than this: the host stood still. */
const STALL_MS = 100

// 17 bytes: mark 4, kind 1, session of the asking process 8, round 4. WireGuard proves who sends from an overlay address; the session keeps
// answers made up outside of it from counting.
const KIND_AT = MARK_BYTES
const SESSION_AT = KIND_AT + 1
const ROUND_AT = SESSION_AT + 8
const LENGTH = ROUND_AT + 4
const ASK = 0
const ANSWER = 1

/**
 * Asks the hosts this one has tunnels to whether packets pass them: a small datagram inside WireGuard, each second. WireGuard by itself
 * says nothing of a tunnel that is cut before 180 s have passed (its paper, §6.1).
 */
export class TunnelProbes {
  readonly #options: TunnelProbesOptions
  readonly #tunnels = new Tunnels()
  readonly #session = randomBytes(ROUND_AT - SESSION_AT)
  #sockets: Datagrams | undefined
  #openMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #dueMs = 0

  constructor(options: TunnelProbesOptions) {
    this.#options = options
  }

  start(): void {
    this.#dueMs = this.#options.clock.monotonicMs() + TICK_MS
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#sockets?.close()
    this.#sockets = undefined
  }

  /** Whether nothing came back through the tunnel to this host for some seconds. */
  isSilent(host: HostId): boolean {
    return this.#tunnels.isSilent(host, this.#options.clock.monotonicMs())
  }

  #tick(): void {
    const nowMs = this.#options.clock.monotonicMs()
    const lateMs = Math.max(0, nowMs - this.#dueMs)
    this.#dueMs = nowMs + TICK_MS
    const peers = this.#peers()
    // A peer of a tunnel has one to this host as well: where there is nobody to ask, there is nobody to answer.
    if (this.#sockets === undefined) return void (peers.length > 0 && this.#open(nowMs))
    this.#tunnels.setPeers(new Set(peers.map(({ id }) => id)), nowMs)
    for (const { host, round } of this.#tunnels.tick(nowMs, lateMs > STALL_MS ? lateMs : 0)) {
      const peer = peers.find(({ id }) => id === host)
      if (peer !== undefined) this.#send(peer.overlayAddress, messageOf(ASK, this.#session, round))
    }
  }

  /** Hosts that a tunnel end of this one sends to. */
  #peers(): readonly RosterEntry[] {
    const { engine, wanted } = this.#options
    const remotes = new Set(wanted().flatMap((resource) => (resource.kind === 'vtep' ? resource.remotes : [])))
    return (engine.roster?.hosts ?? []).filter(
      ({ id, state, overlayAddress }) => state === 'admitted' && id !== engine.self && remotes.has(overlayAddress),
    )
  }

  async #open(nowMs: number): Promise<void> {
    if (nowMs - this.#openMs < REOPEN_MS) return
    this.#openMs = nowMs
    try {
      this.#sockets = await this.#options.open((bytes, from) => this.#hear(bytes, from))
      if (this.#timer === undefined) this.stop()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'tunnels to other hosts cannot be probed; tried again')
    }
  }

  #hear(bytes: Uint8Array, from: Remote): void {
    const { engine, clock } = this.#options
    const peer = memberAt(engine, from.address)
    if (bytes.length !== LENGTH || peer === undefined) return
    const view = Buffer.from(bytes)
    const [kind, session, round] = [view[KIND_AT], view.subarray(SESSION_AT, ROUND_AT), view.readUInt32BE(ROUND_AT)]
    if (kind === ASK) this.#send(from.address, messageOf(ANSWER, session, round))
    else if (kind === ANSWER && this.#session.equals(session))
      this.#tunnels.answered({ host: peer.id, round }, clock.monotonicMs())
  }

  /** To the one port that probes have, so that no stranger's port is ever answered. */
  #send(address: string, message: Uint8Array): void {
    this.#sockets?.send(message, { address, port: this.#options.port })
  }
}

function messageOf(kind: number, session: Uint8Array, round: number): Buffer {
  const bytes = Buffer.alloc(LENGTH)
  bytes.write(TUNNEL_MARK, 'latin1')
  bytes[KIND_AT] = kind
  bytes.set(session, SESSION_AT)
  bytes.writeUInt32BE(round >>> 0, ROUND_AT)
  return bytes
}
