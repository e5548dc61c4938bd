import type { HostId } from '../model/ids.ts'

/** A probe through the tunnel to a peer. */
export interface TunnelProbe {
  readonly host: HostId
  readonly round: number
}

/** Between two probes of one peer, milliseconds. */
const PROBE_MS = 1_000
/** Four probes without an answer, and the time the last one may take. */
const SILENT_MS = 4_500
/** Rounds of which an answer still counts. */
const REMEMBERED = 8

interface Entry {
  round: number
  nextMs: number
  /** The last answer, or the first probe where there was none yet. */
  goodMs: number
}

/** Whether packets come back through the tunnels to other hosts. Pure but for its own books. */
export class Tunnels {
  readonly #peers = new Map<HostId, Entry>()

  /** The peers whose tunnels are in use; what was known of others is forgotten. */
  setPeers(hosts: ReadonlySet<HostId>, nowMs: number): void {
    for (const host of this.#peers.keys()) if (!hosts.has(host)) this.#peers.delete(host)
    for (const host of hosts)
      if (!this.#peers.has(host)) this.#peers.set(host, { round: 0, nextMs: nowMs, goodMs: nowMs })
  }

  /** The probes to send now. `lagMs`: how long this host itself stood still, which is nobody else's silence. */
  tick(nowMs: number, lagMs: number): readonly TunnelProbe[] {
    return [...this.#peers].flatMap(([host, entry]) => {
      entry.goodMs += lagMs
      if (nowMs < entry.nextMs) return []
      entry.nextMs = nowMs + PROBE_MS
      entry.round += 1
      return [{ host, round: entry.round }]
    })
  }

  answered({ host, round }: TunnelProbe, nowMs: number): void {
    const entry = this.#peers.get(host)
    if (entry === undefined || round > entry.round || round <= entry.round - REMEMBERED) return
    entry.goodMs = Math.max(entry.goodMs, nowMs)
  }

  /** Whether its tunnel is in use and nothing came back through it for a while. */
  isSilent(host: HostId, nowMs: number): boolean {
    const entry = this.#peers.get(host)
    return entry !== undefined && nowMs - entry.goodMs >= SILENT_MS
  }
}
