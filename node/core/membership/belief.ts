import type { HostId } from '../model/ids.ts'
import type { HostState } from '../model/lab.ts'
import { type MembershipTimes, worstGap } from './patience.ts'

/** What this host believes of another, and since when. */
export interface Belief {
  readonly state: HostState
  /** Last sign of life by any way; null where there never was one. */
  readonly heardMs: number | null
  /** Last sign of life that came straight from it, over this connection or the last. */
  readonly directMs: number | null
  readonly sinceMs: number
  readonly connected: boolean
  /** For people; empty for a host that is heard as it should be. */
  readonly reason: string
  /** The longest pause between direct signs of life on one connection lately. */
  readonly gapMs: number
  /** When its last connection went; null while there is one. */
  readonly lostMs: number | null
  /** Whether it has refused a new connection since: its machine answers, the agent does not listen. */
  readonly refuses: boolean
  /** Hosts that were asked about it last, and those of them that have lost it too. */
  readonly asked: readonly HostId[]
  readonly agreeing: readonly HostId[]
}

/** A host just learnt of: suspected until it is heard. */
export const stranger = (nowMs: number): Belief => ({
  state: 'suspect',
  heardMs: null,
  directMs: null,
  sinceMs: nowMs,
  connected: false,
  reason: 'not heard yet',
  gapMs: 0,
  lostMs: null,
  refuses: false,
  asked: [],
  agreeing: [],
})

/** A sign of life older than this does not clear a host of suspicion. */
const FRESH_MS = 1_000
/** Signs of life may be on their way, over other hosts, for so long after a connection closed. */
const ON_THE_WAY_MS = 400
/** How old the last direct sign of life may be before what others tell counts as the only way. */
const DIRECT_FOR_MS = 1_200
/** A host that asked ones have not heard for this long is lost to them. */
const LOST_FOR_MS = 1_300

/** A refusal is an answer: running late makes it no less certain, only later. */
const REFUSED_SLACK = 0.25

interface Sign {
  readonly atMs: number
  readonly nowMs: number
  readonly how: 'direct' | 'indirect'
}

/** A sign of life at `atMs`, seen directly or told by another host, which came to be known at `nowMs`. */
export const heard = (belief: Belief, { atMs, nowMs, how }: Sign): Belief => {
  if (belief.heardMs !== null && belief.heardMs > atMs) return belief
  const told: Belief = how === 'direct' ? direct(belief, atMs) : { ...belief, heardMs: atMs }
  if (belief.state === 'alive') return { ...told, reason: aliveReason(told, nowMs) }
  if (nowMs - atMs >= FRESH_MS) return told
  return { ...told, state: 'alive', sinceMs: nowMs, reason: aliveReason(told, nowMs), asked: [], agreeing: [] }
}

const direct = (belief: Belief, atMs: number): Belief => {
  const gapMs =
    belief.connected && belief.directMs !== null ? worstGap(belief.gapMs, atMs - belief.directMs) : belief.gapMs
  return { ...belief, heardMs: atMs, directMs: atMs, gapMs }
}

const aliveReason = (belief: Belief, nowMs: number): string =>
  isDirect(belief, nowMs) || belief.heardMs === belief.directMs ? '' : 'heard through other hosts only'

/** Whether a host is heard without the help of others. */
export const isDirect = ({ directMs }: Belief, nowMs: number): boolean =>
  directMs !== null && nowMs - directMs < DIRECT_FOR_MS

/** The connection to a host came or went. A pause over which it went says nothing about how fast a host answers. */
export const connection = (belief: Belief, connected: boolean, nowMs: number): Belief =>
  connected
    ? { ...belief, connected, directMs: null, lostMs: null, refuses: false }
    : { ...belief, connected, lostMs: nowMs, refuses: false }

/** What a host that was asked said: how long ago it heard `belief`'s, or null where it has lost it. */
export const answered = (belief: Belief, from: HostId, agoMs: number | null): Belief => {
  const others = belief.agreeing.filter((host) => host !== from)
  return { ...belief, agreeing: agoMs === null || agoMs >= LOST_FOR_MS ? [...others, from] : others }
}

/** For so long this host did not look: nobody is blamed for that time. */
export const credited = (belief: Belief, stallMs: number, nowMs: number): Belief => {
  if (belief.state === 'down') return belief
  const later = (atMs: number): number => Math.max(atMs, Math.min(nowMs, atMs + stallMs))
  const laterOrNull = (atMs: number | null): number | null => (atMs === null ? null : later(atMs))
  return {
    ...belief,
    sinceMs: later(belief.sinceMs),
    heardMs: laterOrNull(belief.heardMs),
    directMs: laterOrNull(belief.directMs),
    lostMs: laterOrNull(belief.lostMs),
  }
}

export interface Patience {
  readonly times: MembershipTimes
  /** How much longer this host waits because it runs late itself. */
  readonly slackMs: number
}

/** How `belief` stands at `nowMs`: alive → suspect → down. Only a sign of life leads back. */
export const judge = (belief: Belief, nowMs: number, patience: Patience): Belief => {
  if (belief.state === 'left' || belief.state === 'down') return belief
  const silentMs = nowMs - (belief.heardMs ?? belief.sinceMs)
  const longest = suspectMs(belief, patience)
  if (belief.state === 'alive') {
    if (!hasGone(belief) && silentMs < longest)
      return isDirect(belief, nowMs) || belief.reason !== ''
        ? belief
        : { ...belief, reason: aliveReason(belief, nowMs) }
    return { ...belief, state: 'suspect', sinceMs: nowMs, reason: why(belief, nowMs), asked: [], agreeing: [] }
  }
  return isOver(belief, nowMs, patience)
    ? { ...belief, state: 'down', sinceMs: nowMs, reason: `${why(belief, nowMs)}${others(belief)}` }
    : belief
}

/** A host that has been slow lately is given twice its longest pause. */
const suspectMs = ({ gapMs }: Belief, { times, slackMs }: Patience): number =>
  Math.max(times.suspectMs, 2 * gapMs) + slackMs

/** Its connection closed, it refuses new ones, and nobody has told of it since. */
const hasGone = ({ refuses, lostMs, heardMs }: Belief): boolean =>
  refuses && lostMs !== null && heardMs !== null && heardMs <= lostMs + ON_THE_WAY_MS

const isOver = (belief: Belief, nowMs: number, patience: Patience): boolean => {
  const { times, slackMs } = patience
  const isAgreed = belief.agreeing.length * 2 > belief.asked.length
  if (belief.heardMs === null) return nowMs - belief.sinceMs >= times.aloneMs + slackMs
  const silentMs = nowMs - belief.heardMs
  if (silentMs >= suspectMs(belief, patience) + (isAgreed ? times.agreedMs : times.aloneMs)) return true
  const goneMs = hasGone(belief) && belief.lostMs !== null ? nowMs - belief.lostMs : 0
  return goneMs >= (isAgreed ? times.refusedMs : times.refusedAloneMs) + slackMs * REFUSED_SLACK
}

const why = (belief: Belief, nowMs: number): string => {
  if (belief.heardMs === null) return 'never heard since this host started'
  if (hasGone(belief)) return 'its connection closed and it refuses new ones: the agent does not run'
  return `silent for ${Math.max(1, Math.round((nowMs - belief.heardMs) / 1_000))} s`
}

const others = ({ heardMs, asked, agreeing }: Belief): string => {
  if (heardMs === null) return ''
  if (asked.length === 0) return '; nobody could be asked'
  if (agreeing.length === 0) return `; none of ${asked.length} hosts asked confirms it`
  return `; ${agreeing.length} of ${asked.length} hosts asked ${agreeing.length === 1 ? 'has' : 'have'} lost it too`
}
