import { Membership, type MembershipChange } from '../membership/membership.ts'
import type { HostId } from '../model/ids.ts'
import type { HeartbeatBody } from '../model/record.ts'
import { PROMISED_PERCENT, UNDERLAY_MTU_BYTES } from '../model/units.ts'
import type { Amount } from '../placement/amounts.ts'
import { EDITION } from '../state/edition.ts'
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
/** How often others are asked about a host that is not heard, how many of them, and about how many hosts at once. */
const ASK_EVERY_MS = 500
const ASKED = 3
const MAX_DOUBTFUL = 12

export type PresenceEvent = Extract<Event, { type: 'peer' | 'probe' | 'refused' | 'answer' | 'facts' }>

/** That this host is there, and who else is: heartbeats out, signs of life in, questions about the silent. */
export class Presence {
  readonly membership: Membership
  readonly #options: PresenceOptions
  #facts: Omit<HeartbeatBody, 'v' | 'log' | 'leader' | 'term' | 'epoch'> = { cpu: 0, mem: 0 }
  #beatMs = 0
  /** The term in which this host led when last looked; null where it did not. */
  #ledTerm: number | null = null
  #askMs = 0
  /** Where the next round of questions begins. */
  #turn = 0

  constructor(options: PresenceOptions) {
    this.#options = options
    this.membership = new Membership(options.nowMs, options.self)
  }

  /** Of this host's own network. */
  get underlayMtuBytes(): number {
    return this.#facts.mtu ?? UNDERLAY_MTU_BYTES
  }

  handle(event: PresenceEvent, { nowMs }: At): readonly Effect[] {
    switch (event.type) {
      case 'peer':
        this.membership.connection(event.host, event.connected, nowMs)
        return event.connected ? this.heard(event.host, nowMs, 'direct') : []
      case 'probe':
        return this.heard(event.host, nowMs, 'direct')
      case 'refused':
        return this.#suspecting(this.membership.refused(event.host, nowMs))
      case 'answer': {
        const { about, from, heardAgoMs: agoMs } = event
        return notices(this.membership.answered({ about, from, agoMs }, nowMs))
      }
      case 'facts':
        this.#facts = factsOf(event)
        this.membership.starved(this.#options.self, event.isStarved)
        return []
    }
  }

  /** A heartbeat, by whatever way it came. */
  beat(host: HostId, { starved }: Pick<HeartbeatBody, 'starved'>, nowMs: number): readonly Effect[] {
    this.membership.starved(host, starved === true)
    return this.heard(host, nowMs, 'indirect')
  }

  heard(host: HostId, atMs: number, how: 'direct' | 'indirect'): readonly Effect[] {
    return notices(this.membership.heard(host, atMs, how))
  }

  /** `others`: how many hosts the mesh has besides this one. */
  tick(at: At, others: number, leader: Led): readonly Effect[] {
    const effects = [...this.#suspecting(this.membership.tick(at.nowMs))]
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
    const body: HeartbeatBody = { v: version, log: EDITION, ...led, ...this.#facts }
    return { type: 'publish', draft: { kind: 'heartbeat', key: self, version: [], expiresAtMs: 0, body } }
  }

  /** Others are asked at the next tick about a host that has just come under suspicion. */
  #suspecting(changes: readonly MembershipChange[]): readonly Effect[] {
    if (changes.some(({ to }) => to === 'suspect')) this.#askMs = 0
    return notices(changes)
  }

  #ask({ nowMs }: At): readonly Effect[] {
    this.#askMs = nowMs + ASK_EVERY_MS
    const peers = this.#witnesses(nowMs)
    return this.#doubtful(nowMs).map((about) => {
      const asked = peers.filter((peer) => peer !== about).slice(0, ASKED)
      this.membership.asking(about, asked)
      return { type: 'ask', about, peers: asked }
    })
  }

  /** Peers that are heard directly, from the one that follows this host on: all hosts together ask each as often. */
  #witnesses(nowMs: number): readonly HostId[] {
    const doubtful = new Set(this.membership.doubtful(nowMs))
    const peers = this.membership
      .in('alive')
      .filter((host) => this.membership.of(host)?.connected === true && !doubtful.has(host))
    const next = peers.findIndex((host) => host > this.#options.self)
    return next < 0 ? peers : [...peers.slice(next), ...peers.slice(0, next)]
  }

  /** In turn, where they are many. */
  #doubtful(nowMs: number): readonly HostId[] {
    const hosts = this.membership.doubtful(nowMs)
    if (hosts.length <= MAX_DOUBTFUL) return hosts
    this.#turn = (this.#turn + MAX_DOUBTFUL) % hosts.length
    return [...hosts.slice(this.#turn), ...hosts.slice(0, this.#turn)].slice(0, MAX_DOUBTFUL)
  }
}

const factsOf = ({
  cpuFree,
  memFreeMiB,
  total,
  percent,
  capabilities = [],
  underlayMtuBytes: mtu,
  isStarved,
}: Facts) => ({
  cpu: Math.round(cpuFree * 100),
  mem: Math.round(memFreeMiB),
  ...(total === undefined ? {} : { all: [total.cpu, total.mem] as const }),
  ...(percent === undefined || isUsual(percent) ? {} : { over: [percent.cpu, percent.mem] as const }),
  ...(capabilities.length === 0 ? {} : { caps: capabilities }),
  ...(mtu === undefined || mtu === UNDERLAY_MTU_BYTES ? {} : { mtu }),
  ...(isStarved ? { starved: true as const } : {}),
})

const isUsual = ({ cpu, mem }: Amount): boolean => cpu === PROMISED_PERCENT.cpu && mem === PROMISED_PERCENT.mem

type Facts = Extract<Event, { type: 'facts' }>

const notices = (changes: readonly MembershipChange[]): readonly Effect[] =>
  changes.map((change) => ({
    type: 'notice',
    level: change.to === 'alive' ? 'info' : 'warn',
    code: 'HOST_STATE',
    fields: { ...change },
  }))
