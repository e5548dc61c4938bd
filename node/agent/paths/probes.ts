import { randomBytes } from 'node:crypto'
import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'
import { type Path, type PathEffect, type PathState, Paths, type PathsConfig } from '#core/paths/paths.ts'
import type { PathKeys } from '#identity/path-key.ts'
import type { Clock } from '#platform/clock.ts'
import type { Datagrams, Remote } from '#platform/datagrams.ts'
import type { Logger } from '#platform/log.ts'
import { decodePathMessage, encodePathMessage, type PathMessage, senderOf, tagOf } from './messages.ts'
import type { OpenDatagrams } from './probe-port.ts'

export interface PathProbesOptions {
  readonly self: HostId
  readonly config: PathsConfig
  readonly clock: Clock
  readonly log: Logger
  /** The roster's own list: looked at anew only when it is another one. */
  roster(): readonly RosterEntry[]
  keys(): Promise<PathKeys>
  /** The UDP port of this host's probes, opened once there is something to probe. */
  open: OpenDatagrams
  /** Between 0 and 1. */
  random(): number
  count(code: string): void
  /** What people and WireGuard must hear of. */
  onNews(news: Exclude<PathEffect, { type: 'probe' }>): void
}

/** A peer with two networks, and the key shared with it. */
interface Peer {
  readonly entry: RosterEntry
  readonly key: Buffer
}

/** Answers are looked at, and probes sent, this often. */
const TICK_MS = 50
/** A port that cannot be opened is tried again after this long. */
const REOPEN_MS = 10_000

/** Probes both paths to every peer that has two, where this host has two; otherwise it does nothing at all. */
export class PathProbes {
  readonly #options: PathProbesOptions
  readonly #paths: Paths
  readonly #session = randomBytes(8)
  #roster: readonly RosterEntry[] | undefined
  #peers: ReadonlyMap<HostId, Peer> = new Map()
  #byTag: ReadonlyMap<string, Peer> = new Map()
  #ownTag = ''
  #keys: PathKeys | undefined
  #sockets: Datagrams | undefined
  #isOpening = false
  #openMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #dueMs = 0

  constructor(options: PathProbesOptions) {
    this.#options = options
    this.#paths = new Paths(options.config)
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

  /** The path to use; undefined where there is one only, or where what is in use is to stay. */
  chosen(host: HostId): Path | undefined {
    return this.#paths.chosen(host)
  }

  /** Undefined where there is one path only. */
  states(host: HostId): Readonly<Record<Path, PathState>> | undefined {
    return this.#paths.states(host)
  }

  #tick(): void {
    const { clock, random } = this.#options
    const nowMs = clock.monotonicMs()
    const lagMs = Math.max(0, nowMs - this.#dueMs)
    this.#dueMs = nowMs + TICK_MS
    this.#look()
    if (this.#peers.size === 0) return
    if (this.#sockets === undefined || this.#keys === undefined) void this.#open(nowMs)
    else this.#carryOut(this.#paths.tick({ nowMs, lagMs, chance: random }))
  }

  /** Takes up a new roster. Keys that were read are all it takes to know whom to probe. */
  #look(): void {
    const roster = this.#options.roster()
    if (roster === this.#roster) return
    this.#roster = roster
    const own = roster.find(({ id }) => id === this.#options.self)
    const hasTwo = ({ state, secondary = [] }: RosterEntry): boolean => state === 'admitted' && secondary.length > 0
    const entries = own !== undefined && hasTwo(own) ? roster.filter((entry) => entry !== own && hasTwo(entry)) : []
    this.#ownTag = own === undefined ? '' : tagOf(own.wgPublicKey)
    this.#peers = new Map(entries.map((entry) => [entry.id, { entry, key: this.#keyOf(entry) }]))
    this.#byTag = new Map([...this.#peers.values()].map((peer) => [tagOf(peer.entry.wgPublicKey), peer]))
    this.#paths.setPeers(entries.map(({ id }) => id))
  }

  /** An empty one, with which nothing is proved, until the own key was read; then the roster is looked at again. */
  #keyOf({ id, wgPublicKey }: RosterEntry): Buffer {
    const known = this.#peers.get(id)
    if (known !== undefined && known.key.length > 0 && known.entry.wgPublicKey === wgPublicKey) return known.key
    try {
      return this.#keys?.(wgPublicKey) ?? Buffer.alloc(0)
    } catch {
      this.#options.count('PATH_KEY_UNUSABLE')
      return Buffer.alloc(0)
    }
  }

  async #open(nowMs: number): Promise<void> {
    if (this.#isOpening || nowMs - this.#openMs < REOPEN_MS) return
    this.#isOpening = true
    this.#openMs = nowMs
    try {
      this.#keys ??= await this.#options.keys()
      this.#sockets ??= await this.#options.open((bytes, from) => this.#hear(bytes, from))
      this.#roster = undefined
      if (this.#timer === undefined) this.stop()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'paths to other hosts cannot be probed; tried again')
    } finally {
      this.#isOpening = false
    }
  }

  #hear(bytes: Uint8Array, from: Remote): void {
    const peer = this.#byTag.get(senderOf(bytes) ?? '')
    const message = peer === undefined || peer.key.length === 0 ? undefined : decodePathMessage(bytes, peer.key)
    const isOurs = message?.kind === 'ask' || (message !== undefined && this.#session.equals(message.session))
    if (peer === undefined || message === undefined || !isOurs) this.#options.count('PATH_PROBE_UNPROVED')
    else if (message.kind === 'ask') this.#answer(peer, message, from)
    else {
      const nowMs = this.#options.clock.monotonicMs()
      this.#carryOut(this.#paths.answered({ host: peer.entry.id, ...message }, nowMs))
    }
  }

  /** To where the question came from, as WireGuard does. */
  #answer({ entry, key }: Peer, ask: PathMessage, to: Remote): void {
    const answer = { ...ask, kind: 'answer', told: this.#paths.own(entry.id) } as const
    this.#sockets?.send(encodePathMessage(answer, this.#ownTag, key), to)
  }

  #carryOut(effects: readonly PathEffect[]): void {
    for (const effect of effects)
      if (effect.type === 'probe') this.#probe(effect.host, effect.round)
      else this.#options.onNews(effect)
  }

  #probe(host: HostId, round: number): void {
    const peer = this.#peers.get(host)
    if (peer === undefined || peer.key.length === 0) return
    const { addresses, secondary = [], port } = peer.entry
    for (const [path, address] of [['primary', addresses[0]] as const, ['secondary', secondary[0]] as const]) {
      if (address === undefined) continue
      const ask = { kind: 'ask', path, told: undefined, session: this.#session, round } as const
      this.#sockets?.send(encodePathMessage(ask, this.#ownTag, peer.key), { address, port })
    }
  }
}
