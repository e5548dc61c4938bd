import type { HostId } from '../model/ids.ts'
import type { HostState } from '../model/lab.ts'
import { answered, type Belief, connection, credited, heard, isDirect, judge, stranger } from './belief.ts'
import { MEMBERSHIP_TIMES, OwnHealth } from './patience.ts'

export type MembershipChange = {
  readonly host: HostId
  readonly from: HostState
  readonly to: HostState
  readonly reason: string
}

/** What `from` said of `about`. */
export interface Answer {
  readonly about: HostId
  readonly from: HostId
  readonly agoMs: number | null
}

/** How much longer a host without a free processor is waited for: one was silent for 3.6 s on a starved machine, twice what makes a host suspect. */
const STARVED_MS = 3_000
/** A host that ran this late itself is no witness. */
const UNFIT_SLACK_MS = 3_000

/**
 * Who this host believes to be there: signs of life and silence, connections that close and are refused, what others say when asked, and
 * how late this host itself runs. No clock of another host decides.
 */
export class Membership {
  readonly #beliefs = new Map<HostId, Belief>()
  readonly #health: OwnHealth
  readonly #self: HostId
  readonly #starved = new Set<HostId>()

  constructor(nowMs: number, self: HostId) {
    this.#self = self
    this.#health = new OwnHealth(nowMs)
  }

  /** Follows the roster: new hosts are watched, those no longer in it are forgotten. */
  setHosts(hosts: readonly HostId[], nowMs: number): void {
    const known = new Set(hosts)
    for (const host of this.#beliefs.keys()) if (!known.has(host)) this.#beliefs.delete(host)
    for (const host of this.#starved) if (!known.has(host) && host !== this.#self) this.#starved.delete(host)
    for (const host of hosts) if (!this.#beliefs.has(host)) this.#beliefs.set(host, stranger(nowMs))
  }

  /** A sign of life at `atMs`; an older one than a second is noted but clears nobody. */
  heard(host: HostId, atMs: number, how: 'direct' | 'indirect'): readonly MembershipChange[] {
    const nowMs = Math.max(atMs, this.#health.tickMs)
    return this.#update(host, (belief) => heard(belief, { atMs, nowMs, how }))
  }

  /** Whether a host, or this one, has no free processor: it is waited for longer, and so are all by this one. */
  starved(host: HostId, isStarved: boolean): void {
    if (isStarved) this.#starved.add(host)
    else this.#starved.delete(host)
  }

  connection(host: HostId, connected: boolean, nowMs: number): void {
    this.#update(host, (belief) => connection(belief, connected, nowMs))
  }

  /** Nobody listens where a host without a connection was called: its machine is there, its agent is not. */
  refused(host: HostId, nowMs: number): readonly MembershipChange[] {
    return this.#update(host, (belief) =>
      belief.connected ? belief : this.#judge(host, { ...belief, refuses: true }, nowMs),
    )
  }

  /** These hosts are being asked about a host; answers of others no longer count. */
  asking(about: HostId, asked: readonly HostId[]): void {
    this.#update(about, (belief) => ({
      ...belief,
      asked,
      agreeing: belief.agreeing.filter((host) => asked.includes(host)),
    }))
  }

  /** One that was asked has said how long ago it heard a host, or null where it has lost it. */
  answered({ about, from, agoMs }: Answer, nowMs: number): readonly MembershipChange[] {
    this.#update(about, (belief) => (belief.asked.includes(from) ? answered(belief, from, agoMs) : belief))
    if (agoMs === null) return []
    return this.#update(about, (belief) => heard(belief, { atMs: nowMs - agoMs, nowMs, how: 'indirect' }))
  }

  /** What this host says when asked: how long ago it heard a host directly, null where it has lost it, undefined where it cannot say. */
  testimony(host: HostId, nowMs: number): number | null | undefined {
    const belief = this.#beliefs.get(host)
    if (belief === undefined || belief.directMs === null || this.#health.slackMs > UNFIT_SLACK_MS) return undefined
    return belief.connected ? Math.max(0, nowMs - belief.directMs) : null
  }

  tick(nowMs: number): readonly MembershipChange[] {
    const stallMs = this.#health.tick(nowMs)
    if (stallMs > 0)
      for (const [host, belief] of this.#beliefs) this.#beliefs.set(host, credited(belief, stallMs, nowMs))
    return [...this.#beliefs].flatMap(([host, belief]) => this.#put(host, belief, this.#judge(host, belief, nowMs)))
  }

  of(host: HostId): Belief | undefined {
    return this.#beliefs.get(host)
  }

  isAlive(host: HostId): boolean {
    return this.#beliefs.get(host)?.state === 'alive'
  }

  /** Hosts in `state`, in a stable order. */
  in(state: HostState): readonly HostId[] {
    return this.#where((belief) => belief.state === state)
  }

  /** Hosts that others must be asked about: suspected ones, and those that only others hear. In a stable order. */
  doubtful(nowMs: number): readonly HostId[] {
    return this.#where((belief) => belief.state === 'suspect' || (belief.state === 'alive' && !isDirect(belief, nowMs)))
  }

  #where(fits: (belief: Belief) => boolean): readonly HostId[] {
    return [...this.#beliefs]
      .filter(([, belief]) => fits(belief))
      .map(([host]) => host)
      .toSorted()
  }

  #judge(host: HostId, belief: Belief, nowMs: number): Belief {
    const isStarved = this.#starved.has(host) || this.#starved.has(this.#self)
    const slackMs = Math.max(this.#health.slackMs, isStarved ? STARVED_MS : 0)
    return judge(belief, nowMs, { times: MEMBERSHIP_TIMES, slackMs })
  }

  #update(host: HostId, change: (belief: Belief) => Belief): readonly MembershipChange[] {
    const before = this.#beliefs.get(host)
    return before === undefined ? [] : this.#put(host, before, change(before))
  }

  #put(host: HostId, before: Belief, after: Belief): readonly MembershipChange[] {
    if (before !== after) this.#beliefs.set(host, after)
    return before.state === after.state ? [] : [{ host, from: before.state, to: after.state, reason: after.reason }]
  }
}
