import { type Condition, type Health, judged, measured, UNKNOWN } from './health.ts'

/** The first network of a host, or its second. */
export type Path = 'primary' | 'secondary'

/** How paths are judged. */
export interface PathsConfig {
  /** Between two rounds of probes to one peer, milliseconds. */
  readonly probeMs: number
  /** So many rounds in a row answered by the other path alone: the path in use is left. */
  readonly lost: number
  /** So many rounds in a row answered by the primary: it is used again. */
  readonly good: number
}

/** One probe on each path, sent at the same moment: only what becomes of both compares the two. */
interface Round {
  readonly number: number
  readonly sentMs: number
  readonly dueMs: Readonly<Record<Path, number>>
  readonly answered: Readonly<Record<Path, boolean>>
  readonly isJudged: boolean
}

/** What is known of the two paths to one peer. */
export interface PeerPaths {
  /** What this host would use; undefined before the first verdict. */
  readonly own: Path | undefined
  /** What the peer said it would use. */
  readonly told: Path | undefined
  readonly rounds: readonly Round[]
  readonly lostInRow: number
  readonly goodInRow: number
  /** Good ones it takes now to go back: more where going back has failed before. */
  readonly needGood: number
  readonly failbackMs: number
  readonly health: Readonly<Record<Path, Health>>
}

/** What happened to the paths of one peer. */
export type PathNews =
  | { readonly type: 'switched'; readonly from: Path | undefined; readonly to: Path; readonly reason: string }
  | { readonly type: 'condition'; readonly path: Path; readonly from: Condition; readonly to: Condition }

/** An answer that comes later than this is none at all. */
const FORGET_MS = 2_000
/** A round-trip time nobody has measured yet. */
const FIRST_RTT_MS = 125
/** What round trips may add to the time a probe has. */
const MAX_RTT_MS = 500
/** Who leaves the primary this soon after going back to it went back too early. */
const TOO_EARLY_MS = 60_000
/** Going back is put off no longer than by this factor. */
const MAX_PATIENCE = 16

/** Nothing known, nothing decided. */
export const newPeer = ({ good }: PathsConfig): PeerPaths => ({
  own: undefined,
  told: undefined,
  rounds: [],
  lostInRow: 0,
  goodInRow: 0,
  needGood: good,
  failbackMs: Number.NEGATIVE_INFINITY,
  health: { primary: UNKNOWN, secondary: UNKNOWN },
})

/**
 * The path both ends use: the primary unless one of them left it, so that two hosts never pull in different directions. Undefined while this
 * host has no verdict: then whatever is in use stays.
 */
export const chosen = ({ own, told }: Pick<PeerPaths, 'own' | 'told'>): Path | undefined =>
  told === 'secondary' ? 'secondary' : own

/** A probe went out on each path. */
export function sent(peer: PeerPaths, number: number, at: { readonly nowMs: number; readonly probeMs: number }) {
  const due = (path: Path): number =>
    at.nowMs + at.probeMs + 2 * Math.min(MAX_RTT_MS, peer.health[path].rttMs ?? FIRST_RTT_MS)
  const round: Round = {
    number,
    sentMs: at.nowMs,
    dueMs: { primary: due('primary'), secondary: due('secondary') },
    answered: { primary: false, secondary: false },
    isJudged: false,
  }
  return { ...peer, rounds: [...peer.rounds.filter(({ sentMs }) => at.nowMs - sentMs < FORGET_MS), round] }
}

/** This host itself stood still that long: answers may lie unread, so all probes under way get the time back. */
export const stalled = (peer: PeerPaths, lagMs: number): PeerPaths => ({
  ...peer,
  rounds: peer.rounds.map((round) => ({
    ...round,
    dueMs: { primary: round.dueMs.primary + lagMs, secondary: round.dueMs.secondary + lagMs },
  })),
})

/** An answer, and which path the peer would use. One that comes after its round was judged still shows that the path works. */
export function answered(
  peer: PeerPaths,
  answer: { readonly number: number; readonly path: Path; readonly told: Path | undefined },
  nowMs: number,
): PeerPaths {
  const { number, path, told } = answer
  const round = peer.rounds.find((one) => one.number === number)
  if (round === undefined || round.answered[path] || nowMs - round.sentMs >= FORGET_MS) return peer
  const rounds = peer.rounds.map((one) =>
    one === round ? { ...round, answered: { ...round.answered, [path]: true } } : one,
  )
  const health = { ...peer.health, [path]: measured(peer.health[path], nowMs - round.sentMs) }
  const isLate = round.isJudged && path === (chosen(peer) ?? 'primary')
  return { ...peer, told, rounds, health, ...(isLate ? { lostInRow: 0 } : {}) }
}

/** Judges the rounds that are over, the oldest first. */
export function judge(peer: PeerPaths, nowMs: number, config: PathsConfig): PeerPaths {
  let next = peer
  for (const round of peer.rounds)
    if (!round.isJudged && isOver(round, nowMs)) next = weigh(next, { round, nowMs, config })
  return next
}

const isOver = ({ answered, dueMs }: Round, nowMs: number): boolean =>
  (answered.primary || nowMs >= dueMs.primary) && (answered.secondary || nowMs >= dueMs.secondary)

interface Verdict {
  readonly round: Round
  readonly nowMs: number
  readonly config: PathsConfig
}

function weigh(peer: PeerPaths, { round, nowMs, config }: Verdict): PeerPaths {
  const { primary, secondary } = round.answered
  const rounds = peer.rounds.map((one) => (one === round ? { ...round, isJudged: true } : one))
  // Neither: the peer is gone or busy, or we are. That is no reason to prefer one path.
  if (!primary && !secondary) return { ...peer, rounds, goodInRow: 0 }
  const used = chosen(peer) ?? 'primary'
  const weighed = {
    ...peer,
    rounds,
    lostInRow: round.answered[used] ? 0 : peer.lostInRow + 1,
    goodInRow: primary ? peer.goodInRow + 1 : 0,
    health: {
      primary: judged(peer.health.primary, primary, config.lost),
      secondary: judged(peer.health.secondary, secondary, config.lost),
    },
  }
  return decide(weighed, used, { round, nowMs, config })
}

function decide(peer: PeerPaths, used: Path, { round, nowMs, config }: Verdict): PeerPaths {
  if (peer.lostInRow >= config.lost) return leave(peer, used, { nowMs, good: config.good })
  if (peer.own === 'secondary' && peer.goodInRow >= peer.needGood)
    return { ...peer, own: 'primary', lostInRow: 0, failbackMs: nowMs }
  return peer.own === undefined && round.answered.primary ? { ...peer, own: 'primary' } : peer
}

function leave(peer: PeerPaths, used: Path, at: { readonly nowMs: number; readonly good: number }): PeerPaths {
  if (used === 'secondary') return { ...peer, own: 'primary', lostInRow: 0, failbackMs: at.nowMs }
  const isEarly = at.nowMs - peer.failbackMs < TOO_EARLY_MS
  const needGood = isEarly ? Math.min(peer.needGood * 2, at.good * MAX_PATIENCE) : at.good
  return { ...peer, own: 'secondary', lostInRow: 0, goodInRow: 0, needGood }
}
