import type { Effect } from '#core/engine/effect.ts'
import { Presence, type PresenceEvent } from '#core/engine/presence.ts'
import type { HostId } from '#core/model/ids.ts'
import { EventQueue } from './queue.ts'
import { Random } from './random.ts'

// Hosts that watch each other, and nothing else: probes, heartbeats, questions, connections that close and are dialled again, as
// `mesh/` carries them, on a virtual clock.

const TICK_MS = 100
const PROBE_MS = 500
const BEAT_TERM = { host: null, term: 0, epoch: 1 } as const
/** Silence after which a prober gives its connection up. */
const GIVE_UP_MS = 4_000
/** TCP sends again after 0.2, 0.4, 0.8 … s (RFC 6298). */
const FIRST_RETRY_MS = 200
/** Between two dials of a peer that is away. */
const REDIAL_MS = { from: 300, to: 1_000 } as const

interface Host {
  readonly id: HostId
  readonly presence: Presence
  /** How fast its clock runs, and where it began. */
  readonly rate: number
  readonly offsetMs: number
  isDead: boolean
  /** Nothing is handled before: the process is stopped or gets no processor. */
  stalledUntilMs: number
  /** Longest pause while it is starved, 0 where it is not. */
  starvedMs: number
  /** Peers it has a connection to, and when it last heard anything on it. */
  readonly linked: Map<HostId, number>
}

/** What a host came to believe of another. */
export interface Verdict {
  readonly atMs: number
  readonly by: HostId
  readonly about: HostId
  readonly to: string
  readonly reason: string
}

type Work = (host: Host) => void

export interface PresenceSetup {
  readonly seed: number
  readonly hosts: number
  /** Clocks run fast or slow by up to this share. */
  readonly drift?: number
  /** Share of packets lost; TCP sends them again. */
  readonly loss?: number
}

/** Seeded; the same setup and calls give the same verdicts. */
export class PresenceWorld {
  nowMs = 0
  readonly verdicts: Verdict[] = []
  readonly hosts: readonly HostId[]
  readonly #all: ReadonlyMap<HostId, Host>
  readonly #queue = new EventQueue<{ readonly host: Host; readonly work: Work }>()
  readonly #random: Random
  readonly #lanes = new Map<string, number>()
  readonly #cuts = new Set<string>()
  loss: number

  constructor({ seed, hosts, drift = 0.01, loss = 0 }: PresenceSetup) {
    this.#random = new Random(seed)
    this.loss = loss
    this.hosts = Array.from({ length: hosts }, (_, i) => String.fromCharCode(97 + i) as HostId)
    this.#all = new Map(this.hosts.map((id) => [id, this.#newHost(id, drift)]))
    for (const host of this.#all.values()) this.#begin(host)
  }

  run(ms: number): this {
    const endMs = this.nowMs + ms
    for (let due = this.#queue.pop(endMs); due !== undefined; due = this.#queue.pop(endMs)) {
      this.nowMs = due.atMs
      const { host, work } = due.value
      if (host.isDead) continue
      if (host.stalledUntilMs > this.nowMs) this.#queue.push(host.stalledUntilMs, { host, work })
      else work(host)
    }
    this.nowMs = endMs
    return this
  }

  /** `kill -9`: its sockets close, and nobody listens any more. */
  kill(id: HostId): this {
    for (const peer of this.#host(id).linked.keys()) this.#send(id, peer, (host) => this.#lost(host, id))
    this.#host(id).isDead = true
    return this
  }

  /** The process is stopped for a while. */
  stop(id: HostId, ms: number): this {
    this.#host(id).stalledUntilMs = this.nowMs + ms
    return this
  }

  /** From now on the host is not run for pauses of up to this long; 0 ends it. */
  starve(id: HostId, longestMs: number): this {
    const host = this.#host(id)
    if (host.starvedMs === 0) this.#later(host, 1, (starved) => this.#pause(starved))
    host.starvedMs = longestMs
    return this
  }

  /** Nothing that `from` sends reaches `to`, without a word. */
  cut(from: readonly HostId[], to: readonly HostId[]): this {
    for (const a of from) for (const b of to) this.#cuts.add(`${a}>${b}`)
    return this
  }

  heal(): this {
    this.#cuts.clear()
    return this
  }

  /** What this host believes of that one, and why. */
  belief(by: HostId, about: HostId): { readonly state: string; readonly reason: string } {
    return this.#host(by).presence.membership.of(about) ?? { state: 'unknown', reason: '' }
  }

  /** When each of `by` called `about` down, the latest of them; null where one has not since `fromMs`. */
  downAtMs(about: HostId, by: readonly HostId[], fromMs: number): number | null {
    const times = by.map((id) => this.#downs(about).find((one) => one.by === id && one.atMs >= fromMs)?.atMs)
    return times.every((time) => time !== undefined) ? Math.max(...times) : null
  }

  #downs(about: HostId): readonly Verdict[] {
    return this.verdicts.filter((verdict) => verdict.to === 'down' && verdict.about === about)
  }

  #host(id: HostId): Host {
    const host = this.#all.get(id)
    if (host === undefined) throw new RangeError(`there is no host ${id}`)
    return host
  }

  #newHost(id: HostId, drift: number): Host {
    const offsetMs = this.#random.whole(0, 1_000_000)
    const presence = new Presence({ self: id, version: '1', nowMs: offsetMs, random: () => this.#random.next() })
    const others = this.hosts.filter((other) => other !== id)
    presence.membership.setHosts(others, offsetMs)
    const rate = 1 + this.#random.between(-drift, drift)
    return { id, presence, rate, offsetMs, isDead: false, stalledUntilMs: 0, starvedMs: 0, linked: new Map() }
  }

  #begin(host: Host): void {
    this.#later(host, this.#random.between(0, TICK_MS), (at) => this.#tick(at))
    for (const peer of this.#all.keys()) {
      if (peer === host.id) continue
      this.#link(host, peer)
      this.#later(host, this.#random.between(0, PROBE_MS), (at) => this.#probe(at, peer))
    }
  }

  #later(host: Host, ms: number, work: Work): void {
    this.#queue.push(this.nowMs + ms, { host, work })
  }

  /** In order, over one connection; a lost packet holds up those behind it. */
  #send(from: HostId, to: HostId, work: Work): void {
    const lane = `${from}>${to}`
    let takesMs = this.#random.between(0.5, 4)
    for (let retryMs = FIRST_RETRY_MS; this.#random.chance(this.loss); retryMs *= 2) takesMs += retryMs
    const atMs = Math.max(this.#lanes.get(lane) ?? 0, this.nowMs + takesMs)
    this.#lanes.set(lane, atMs)
    // TCP needs both ways: without acknowledgements nothing new is sent for long.
    const isOpen = (): boolean => !this.#cuts.has(lane) && !this.#cuts.has(`${to}>${from}`)
    if (isOpen()) this.#queue.push(atMs, { host: this.#host(to), work: (host) => (isOpen() ? work(host) : undefined) })
  }

  #local(host: Host): { readonly nowMs: number; readonly wallMs: number } {
    const nowMs = Math.round(host.offsetMs + this.nowMs * host.rate)
    return { nowMs, wallMs: nowMs }
  }

  #tell(host: Host, event: PresenceEvent): void {
    this.#carryOut(host, host.presence.handle(event, this.#local(host)))
  }

  #tick(host: Host): void {
    this.#later(host, TICK_MS, (at) => this.#tick(at))
    this.#carryOut(host, host.presence.tick(this.#local(host), this.hosts.length - 1, BEAT_TERM))
  }

  #carryOut(host: Host, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'ask') for (const peer of effect.peers) this.#ask(host.id, peer, effect.about)
      if (effect.type === 'publish') this.#beat(host.id)
      if (effect.type === 'notice') this.#note(host.id, effect.fields)
    }
  }

  #note(by: HostId, { host, to, reason }: Readonly<Record<string, unknown>>): void {
    this.verdicts.push({ atMs: this.nowMs, by, about: host as HostId, to: String(to), reason: String(reason) })
  }

  #ask(from: HostId, peer: HostId, about: HostId): void {
    if (!this.#host(from).linked.has(peer)) return
    this.#send(from, peer, (asked) => {
      const heardAgoMs = asked.presence.membership.testimony(about, this.#local(asked).nowMs)
      if (heardAgoMs === undefined) return
      this.#send(peer, from, (host) => this.#tell(host, { type: 'answer', about, from: peer, heardAgoMs }))
    })
  }

  /** Gossip: whoever hears a heartbeat first passes it on to all it is connected to. */
  #beat(author: HostId): void {
    const seen = new Set<HostId>([author])
    const spread = (from: Host): void => {
      for (const to of from.linked.keys()) {
        if (seen.has(to)) continue
        this.#send(from.id, to, (host) => {
          if (seen.has(to)) return
          seen.add(to)
          this.#carryOut(host, host.presence.heard(author, this.#local(host).nowMs, 'indirect'))
          spread(host)
        })
      }
    }
    spread(this.#host(author))
  }

  #probe(host: Host, peer: HostId): void {
    this.#later(host, PROBE_MS, (at) => this.#probe(at, peer))
    const heardMs = host.linked.get(peer)
    if (heardMs === undefined) return
    if (this.nowMs - heardMs > GIVE_UP_MS + host.starvedMs) {
      this.#send(host.id, peer, (other) => this.#lost(other, host.id))
      this.#lost(host, peer)
      return
    }
    this.#send(host.id, peer, (other) => {
      if (!other.linked.has(host.id)) return
      this.#sign(other, host.id)
      this.#send(peer, host.id, (asker) => (asker.linked.has(peer) ? this.#sign(asker, peer) : undefined))
    })
  }

  #sign(host: Host, from: HostId): void {
    host.linked.set(from, this.nowMs)
    this.#tell(host, { type: 'probe', host: from })
  }

  #link(host: Host, peer: HostId): void {
    if (host.linked.has(peer)) return
    host.linked.set(peer, this.nowMs)
    this.#tell(host, { type: 'peer', host: peer, connected: true })
  }

  #lost(host: Host, peer: HostId): void {
    if (!host.linked.delete(peer)) return
    this.#tell(host, { type: 'peer', host: peer, connected: false })
    this.#later(host, this.#random.between(100, 600), (at) => this.#dial(at, peer))
  }

  #dial(host: Host, peer: HostId): void {
    if (host.linked.has(peer)) return
    this.#later(host, this.#random.between(REDIAL_MS.from, REDIAL_MS.to), (at) => this.#dial(at, peer))
    const isOpen = !this.#cuts.has(`${host.id}>${peer}`) && !this.#cuts.has(`${peer}>${host.id}`)
    // The machine of a dead agent refuses by itself.
    if (isOpen && this.#host(peer).isDead) this.#tell(host, { type: 'refused', host: peer })
    this.#send(host.id, peer, (other) => {
      this.#send(peer, host.id, (dialler) => this.#link(dialler, peer))
      this.#link(other, host.id)
    })
  }

  #pause(host: Host): void {
    if (host.starvedMs === 0) return
    host.stalledUntilMs = this.nowMs + this.#random.between(0, host.starvedMs)
    this.#later(host, this.#random.between(10, 400), (at) => this.#pause(at))
  }
}
