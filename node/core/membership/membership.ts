import type { HostId } from '../model/ids.ts'
import type { HostState } from '../model/lab.ts'

/** All in milliseconds of this host's monotonic clock. */
export interface MembershipConfig {
  /** Silence after which a host is suspected; three lost 1 s probes. */
  readonly suspectAfterMs: number
  /** How long others are asked before a suspected host is called down. */
  readonly downAfterMs: number
}

const MEMBERSHIP_DEFAULTS: MembershipConfig = { suspectAfterMs: 3_500, downAfterMs: 3_000 }

/** What this host believes of another, and since when. */
export interface Belief {
  readonly state: HostState
  /** Last sign of life by any way; null where there never was one. */
  readonly heardMs: number | null
  /** Last sign of life that came straight from it. */
  readonly directMs: number | null
  readonly sinceMs: number
  readonly connected: boolean
  readonly reason: string
}

export type MembershipChange = {
  readonly host: HostId
  readonly from: HostState
  readonly to: HostState
  readonly reason: string
}

const describe = (belief: Belief, nowMs: number): string =>
  belief.heardMs === null
    ? 'never heard since this host started'
    : `silent for ${Math.round((nowMs - belief.heardMs) / 1000)} s`

/** How old the last direct sign of life may be before what others tell counts as the only way. */
const DIRECT_FOR_MS = MEMBERSHIP_DEFAULTS.suspectAfterMs

/** A sign of life of `belief`'s host at `atMs`, seen directly or told by another host. */
const heard = (belief: Belief, atMs: number, how: 'direct' | 'indirect'): Belief => {
  if (belief.heardMs !== null && belief.heardMs > atMs) return belief
  const directMs = how === 'direct' ? atMs : belief.directMs
  const reason = directMs !== null && atMs - directMs < DIRECT_FOR_MS ? '' : 'heard through other hosts only'
  return {
    ...belief,
    heardMs: atMs,
    directMs,
    reason,
    ...(belief.state === 'alive' ? {} : { state: 'alive', sinceMs: atMs }),
  }
}

/** How `belief` stands at `nowMs`: alive → suspect → down by silence alone. */
const judge = (belief: Belief, nowMs: number, config: MembershipConfig): Belief => {
  if (belief.state === 'left' || belief.state === 'down') return belief
  const silentMs = nowMs - (belief.heardMs ?? belief.sinceMs)
  if (belief.state === 'alive')
    return silentMs < config.suspectAfterMs
      ? belief
      : { ...belief, state: 'suspect', sinceMs: nowMs, reason: describe(belief, nowMs) }
  return nowMs - belief.sinceMs < config.downAfterMs
    ? belief
    : { ...belief, state: 'down', sinceMs: nowMs, reason: describe(belief, nowMs) }
}

/** A host just learnt of: suspected until it is heard. */
const stranger = (nowMs: number): Belief => ({
  state: 'suspect',
  heardMs: null,
  directMs: null,
  sinceMs: nowMs,
  connected: false,
  reason: 'not heard yet',
})

/** A stall longer than this is this host's own fault and is not counted as the others' silence. */
const OWN_STALL_MS = 1_000

/** Who this host believes to be there. Only silence and signs of life decide; no clock of another host does. */
export class Membership {
  readonly #beliefs = new Map<HostId, Belief>()
  readonly #config: MembershipConfig
  #tickMs: number

  constructor(nowMs: number, config: MembershipConfig = MEMBERSHIP_DEFAULTS) {
    this.#config = config
    this.#tickMs = nowMs
  }

  /** Follows the roster: new hosts are watched, those no longer in it are forgotten. */
  setHosts(hosts: readonly HostId[], nowMs: number): void {
    const known = new Set(hosts)
    for (const host of this.#beliefs.keys()) if (!known.has(host)) this.#beliefs.delete(host)
    for (const host of hosts) if (!this.#beliefs.has(host)) this.#beliefs.set(host, stranger(nowMs))
  }

  heard(host: HostId, atMs: number, how: 'direct' | 'indirect'): readonly MembershipChange[] {
    const before = this.#beliefs.get(host)
    return before === undefined ? [] : this.#put(host, before, heard(before, atMs, how))
  }

  connection(host: HostId, connected: boolean): void {
    const before = this.#beliefs.get(host)
    if (before !== undefined) this.#beliefs.set(host, { ...before, connected })
  }

  tick(nowMs: number): readonly MembershipChange[] {
    const stallMs = nowMs - this.#tickMs
    this.#tickMs = nowMs
    if (stallMs > OWN_STALL_MS) this.#credit(stallMs)
    return [...this.#beliefs].flatMap(([host, belief]) => this.#put(host, belief, judge(belief, nowMs, this.#config)))
  }

  of(host: HostId): Belief | undefined {
    return this.#beliefs.get(host)
  }

  isAlive(host: HostId): boolean {
    return this.#beliefs.get(host)?.state === 'alive'
  }

  /** Hosts in `state`, in a stable order. */
  in(state: HostState): readonly HostId[] {
    return [...this.#beliefs]
      .filter(([, belief]) => belief.state === state)
      .map(([host]) => host)
      .toSorted()
  }

  /** Nobody is blamed for the time this host itself stood still. */
  #credit(stallMs: number): void {
    for (const [host, belief] of this.#beliefs) {
      if (belief.state === 'down') continue
      this.#beliefs.set(host, {
        ...belief,
        sinceMs: belief.sinceMs + stallMs,
        heardMs: belief.heardMs === null ? null : belief.heardMs + stallMs,
      })
    }
  }

  #put(host: HostId, before: Belief, after: Belief): readonly MembershipChange[] {
    if (before !== after) this.#beliefs.set(host, after)
    return before.state === after.state ? [] : [{ host, from: before.state, to: after.state, reason: after.reason }]
  }
}
