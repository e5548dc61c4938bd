/** How long silence may last and what it may come to; milliseconds of this host's monotonic clock. */
export interface MembershipTimes {
  /** Silence after which a host is suspected: three probes in both directions, and as long again for a retransmission (RFC 6298: 0.2, 0.4, 0.8 s). */
  readonly suspectMs: number
  /** How much longer until it is down where most of the hosts asked have lost it too. */
  readonly agreedMs: number
  /** How much longer where nobody confirms it. */
  readonly aloneMs: number
  /** From the loss of the connection until a host that refuses new ones is down: an agent that is started again is back sooner. */
  readonly refusedMs: number
  /** The same where nobody confirms it. */
  readonly refusedAloneMs: number
}

export const MEMBERSHIP_TIMES: MembershipTimes = {
  suspectMs: 1_600,
  agreedMs: 700,
  aloneMs: 4_900,
  refusedMs: 1_200,
  refusedAloneMs: 3_000,
}

/** Ticks come every 100 ms; what is late by less than this is ordinary. */
const ON_TIME_MS = 250
/** A late tick makes this host so many times as patient: an answer needs several turns of the same loop. */
const LATE_WEIGHT = 2
const MAX_SLACK_MS = 5_000
/** Lateness is forgotten over this time. */
const FORGET_LATE_MS = 10_000
/** How long pauses of a host are remembered, and up to which length. */
const FORGET_GAP_MS = 60_000
const MAX_GAP_MS = 3_000

/** This host's own health, after Lifeguard (arXiv:1707.00788): one that runs late itself must not accuse others. */
export class OwnHealth {
  #tickMs: number
  #slackMs = 0

  constructor(nowMs: number) {
    this.#tickMs = nowMs
  }

  /** Call at every tick; answers how long this host stood still, 0 where it did not. */
  tick(nowMs: number): number {
    const sinceMs = nowMs - this.#tickMs
    this.#tickMs = nowMs
    const stallMs = sinceMs > ON_TIME_MS ? sinceMs : 0
    const kept = this.#slackMs * Math.max(0, 1 - sinceMs / FORGET_LATE_MS)
    this.#slackMs = Math.min(MAX_SLACK_MS, Math.max(kept, LATE_WEIGHT * stallMs))
    return stallMs
  }

  /** The moment of the last tick. */
  get tickMs(): number {
    return this.#tickMs
  }

  /** How much longer than usual this host waits now. */
  get slackMs(): number {
    return this.#slackMs
  }
}

/** The longest pause of a host, after one more of `pauseMs`: old ones fade. */
export const worstGap = (beforeMs: number, pauseMs: number): number =>
  Math.min(MAX_GAP_MS, Math.max(pauseMs, beforeMs * Math.max(0, 1 - pauseMs / FORGET_GAP_MS)))
