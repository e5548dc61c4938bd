import { Membership, type MembershipChange } from '../membership/membership.ts'
import type { HostId } from '../model/ids.ts'
import type { HeartbeatBody } from '../model/record.ts'
import type { Effect } from './effect.ts'
import type { At, Event } from './event.ts'

export interface PresenceOptions {
  readonly self: HostId
  /** Product version, told in every heartbeat. */
  readonly version: string
  readonly nowMs: number
  /** In [0, 1). */
  random(): number
}

/** Who leads, in which term of which epoch. */
interface Led {
  readonly host: HostId | null
  readonly term: number
  readonly epoch: number
}

/** Beats per second of the whole mesh: each unique message costs every host 4–6 ms of CPU (measured). */
const MESH_BEATS_PER_S = 3
/** How often others are asked about a suspected host, and how many of them. */
const ASK_EVERY_MS = 1_000
const ASKED = 3

export type PresenceEvent = Extract<Event, { type: 'peer' | 'probe' | 'answer' | 'facts' }>

/** That this host is there, and who else is: heartbeats out, signs of life in, questions about the silent. */
export class Presence {
  readonly membership: Membership
  readonly #options: PresenceOptions
  #facts = { cpu: 0, mem: 0 }
  #beatMs = 0
  /** The term in which this host led when last looked; null where it did not. */
  #ledTerm: number | null = null
  #askMs = 0

  constructor(options: PresenceOptions) {
    this.#options = options
    this.membership = new Membership(options.nowMs)
  }

  handle(event: PresenceEvent, { nowMs }: At): readonly Effect[] {
    switch (event.type) {
      case 'peer':
        this.membership.connection(event.host, event.connected)
        return event.connected ? this.heard(event.host, nowMs, 'direct') : []
      case 'probe':
        return this.heard(event.host, nowMs, 'direct')
      case 'answer':
        return event.heardAgoMs === null ? [] : this.heard(event.about, nowMs - event.heardAgoMs, 'indirect')
      case 'facts':
        this.#facts = { cpu: Math.round(event.cpuFree * 100), mem: Math.round(event.memFreeMiB) }
        return []
    }
  }

  heard(host: HostId, atMs: number, how: 'direct' | 'indirect'): readonly Effect[] {
    return notices(this.membership.heard(host, atMs, how))
  }

  /** `others`: how many hosts the mesh has besides this one. */
  tick(at: At, others: number, leader: Led): readonly Effect[] {
    const effects = [...notices(this.membership.tick(at.nowMs))]
    const leads = leader.host === this.#options.self ? leader.term : null
    // That a host leads, or does so no more, is told at once: nobody else tells it.
    if (at.nowMs >= this.#beatMs || leads !== this.#ledTerm) effects.push(this.#beat(at, others, leader))
    this.#ledTerm = leads
    if (at.nowMs >= this.#askMs) effects.push(...this.#ask(at))
    return effects
  }

  #beat(at: At, others: number, { host, term, epoch }: Led): Effect {
    const spaceMs = Math.max(1_000, ((others + 1) * 1_000) / MESH_BEATS_PER_S)
    this.#beatMs = at.nowMs + spaceMs * (0.9 + 0.2 * this.#options.random())
    const { self, version } = this.#options
    const led = host === null ? {} : { leader: host, term, ...(epoch === 1 ? {} : { epoch }) }
    const body: HeartbeatBody = { v: version, ...led, ...this.#facts }
    return { type: 'publish', draft: { kind: 'heartbeat', key: self, version: [], expiresAtMs: 0, body } }
  }

  #ask(at: At): readonly Effect[] {
    this.#askMs = at.nowMs + ASK_EVERY_MS
    const peers = this.membership
      .in('alive')
      .filter((host) => this.membership.of(host)?.connected === true)
      .slice(0, ASKED)
    if (peers.length === 0) return []
    return this.membership.in('suspect').map((about) => ({ type: 'ask', about, peers }))
  }
}

const notices = (changes: readonly MembershipChange[]): readonly Effect[] =>
  changes.map((change) => ({
    type: 'notice',
    level: change.to === 'alive' ? 'info' : 'warn',
    code: 'HOST_STATE',
    fields: { ...change },
  }))
