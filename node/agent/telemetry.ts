import type { Engine } from '#core/engine/engine.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Doing } from '#core/plan/cause.ts'
import { poolTotals } from '#core/state/pool-totals.ts'
import type { Mesh } from '#mesh/mesh.ts'
import { nameOf } from './consensus/quorum.ts'
import type { Pass } from './host/reconciler.ts'
import type { LogTelemetry, Telemetry } from './port-telemetry.ts'

export interface TelemetryOptions {
  readonly engine: Engine
  connected(): ReturnType<Mesh['connected']>
  /** What the last look at this host found. */
  lastPass(): Pick<Pass, 'wanted' | 'seen' | 'troubles'>
}

/** How the agent does, for whoever measures it. */
export class AgentTelemetry {
  readonly #options: TelemetryOptions
  readonly #roundTrips = new Map<HostId, number>()

  constructor(options: TelemetryOptions) {
    this.#options = options
  }

  /** A peer answered a probe. */
  probed(host: HostId, rttMs: number): void {
    this.#roundTrips.set(host, rttMs)
  }

  /** See {@link Telemetry}. */
  read(): Telemetry {
    const { engine, connected, lastPass } = this.#options
    const pass = lastPass()
    const state = engine.replica?.state
    return {
      log: logOf(engine),
      connections: connected().length,
      roundTripsMs: this.#roundTripsNow(),
      pools: state === null || state === undefined ? [] : poolTotals(state),
      host: { wanted: pass.wanted.length, seen: pass.seen.length, troubles: countTroubles(pass) },
    }
  }

  /** Of peers that are connected; others are forgotten. */
  #roundTripsNow(): ReadonlyMap<string, number> {
    const there = new Set(this.#options.connected())
    for (const host of this.#roundTrips.keys()) if (!there.has(host)) this.#roundTrips.delete(host)
    return new Map([...this.#roundTrips].map(([host, ms]) => [nameOf(this.#options.engine, host), ms]))
  }
}

const logOf = ({ replica }: Engine): LogTelemetry | null => {
  if (replica === undefined) return null
  const { role, term, commitIndex, lastIndex, snapshotIndex } = replica.status
  return { role, term, commitIndex, lastIndex, snapshotIndex }
}

const countTroubles = ({ troubles }: Pick<Pass, 'troubles'>): Readonly<Record<Doing['type'], number>> => {
  const counts = { now: 0, waits: 0, held: 0, again: 0, paused: 0, blind: 0, nothing: 0 }
  for (const { doing } of troubles.values()) counts[doing.type] += 1
  return counts
}
