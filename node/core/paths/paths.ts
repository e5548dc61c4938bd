import type { HostId } from '../model/ids.ts'
import { type Condition, lossOf } from './health.ts'
import {
  answered,
  chosen,
  judge,
  newPeer,
  type Path,
  type PathNews,
  type PathsConfig,
  type PeerPaths,
  sent,
  stalled,
} from './peer.ts'

export type { Path, PathsConfig } from './peer.ts'

/** What is to be done: probe a peer on both paths, or tell and act on a change. */
export type PathEffect =
  | { readonly type: 'probe'; readonly host: HostId; readonly round: number }
  | ({ readonly host: HostId } & PathNews)

/** What came back from a peer: to which of our probes, on which path, and what the peer would use itself. */
export interface PathAnswer {
  readonly host: HostId
  readonly path: Path
  readonly round: number
  readonly told: Path | undefined
}

/** One path to one peer, for people. Loss is 0 to 1, times are milliseconds; null where nothing is known. */
export interface PathState {
  readonly condition: Condition
  readonly rttMs: number | null
  readonly loss: number | null
}

/** How much later than asked for a tick may come before this host counts as having stood still. */
const STALL_MS = 50
/** Probes of one peer are spaced by this share of the time between them, or all hosts would probe in step. */
const JITTER = 0.2

interface Entry {
  peer: PeerPaths
  round: number
  nextMs: number
}

/** Which of two paths each peer is reached on. Pure but for its own books: events in, effects out. */
export class Paths {
  readonly #config: PathsConfig
  readonly #peers = new Map<HostId, Entry>()

  constructor(config: PathsConfig) {
    this.#config = config
  }

  /** The peers that have two paths from here; what was known of others is forgotten. */
  setPeers(hosts: readonly HostId[]): void {
    const wanted = new Set(hosts)
    for (const host of this.#peers.keys()) if (!wanted.has(host)) this.#peers.delete(host)
    for (const host of wanted)
      if (!this.#peers.has(host))
        this.#peers.set(host, { peer: newPeer(this.#config), round: 0, nextMs: Number.NEGATIVE_INFINITY })
  }

  /** `lagMs`: how much later it comes than it should; `chance`: 0 to 1, another one at each call. */
  tick(at: { readonly nowMs: number; readonly lagMs: number; chance(): number }): readonly PathEffect[] {
    return [...this.#peers].flatMap(([host, entry]) => {
      if (at.lagMs > STALL_MS) entry.peer = stalled(entry.peer, at.lagMs + STALL_MS)
      const news = this.#change(host, entry, (peer) => judge(peer, at.nowMs, this.#config))
      if (at.nowMs < entry.nextMs) return news
      const { probeMs } = this.#config
      entry.nextMs = at.nowMs + probeMs * (1 + (at.chance() - 0.5) * JITTER)
      entry.round += 1
      entry.peer = sent(entry.peer, entry.round, { nowMs: at.nowMs, probeMs })
      return [...news, { type: 'probe', host, round: entry.round }]
    })
  }

  /** An answer whose sender was proved. */
  answered({ host, path, round, told }: PathAnswer, nowMs: number): readonly PathEffect[] {
    const entry = this.#peers.get(host)
    if (entry === undefined) return []
    return this.#change(host, entry, (peer) =>
      judge(answered(peer, { number: round, path, told }, nowMs), nowMs, this.#config),
    )
  }

  /** The path to use; undefined where there is only one, or no verdict yet: then what is in use stays. */
  chosen(host: HostId): Path | undefined {
    const entry = this.#peers.get(host)
    return entry === undefined ? undefined : chosen(entry.peer)
  }

  /** What this host would use by itself: what its answers tell the peer. */
  own(host: HostId): Path | undefined {
    return this.#peers.get(host)?.peer.own
  }

  /** Undefined where there is only one path. */
  states(host: HostId): Readonly<Record<Path, PathState>> | undefined {
    const health = this.#peers.get(host)?.peer.health
    if (health === undefined) return undefined
    const state = (path: Path): PathState => {
      const { condition, rttMs } = health[path]
      return { condition, rttMs, loss: lossOf(health[path]) }
    }
    return { primary: state('primary'), secondary: state('secondary') }
  }

  #change(host: HostId, entry: Entry, step: (peer: PeerPaths) => PeerPaths): readonly PathEffect[] {
    const before = entry.peer
    entry.peer = step(before)
    return newsOf(before, entry.peer, this.#config).map((news) => ({ host, ...news }))
  }
}

/** That a path begins to work is no news, nor that the one just left is lost: leaving it says so. */
function newsOf(before: PeerPaths, after: PeerPaths, config: PathsConfig): readonly PathNews[] {
  const [from, to] = [chosen(before), chosen(after)]
  const conditions = (['primary', 'secondary'] as const).flatMap((path): readonly PathNews[] => {
    const [was, is] = [before.health[path].condition, after.health[path].condition]
    const isTold = is === 'lost' && to !== undefined && to !== from && to !== path
    return was === is || isTold || (was === 'unknown' && is === 'good')
      ? []
      : [{ type: 'condition', path, from: was, to: is }]
  })
  if (to === undefined || to === from) return conditions
  return [{ type: 'switched', from, to, reason: whyOf(before, after, config) }, ...conditions]
}

function whyOf(before: PeerPaths, after: PeerPaths, config: PathsConfig): string {
  const to = chosen(after)
  const from = to === 'primary' ? 'secondary' : 'primary'
  if (before.own === after.own)
    return to === 'primary' ? 'the peer uses its primary again as well' : 'the peer gets no answer on the primary'
  if (before.own === undefined && to === 'primary') return 'the primary answers'
  return to === 'primary' && after.goodInRow >= before.needGood
    ? `the primary answered ${before.needGood} probes in a row`
    : `no answer on the ${from} to ${config.lost} probes, the ${to} answers`
}
