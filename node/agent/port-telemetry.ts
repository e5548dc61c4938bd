import type { RoleName } from '#core/consensus/types.ts'
import type { Doing } from '#core/plan/cause.ts'

/** How the agent does, as numbers that nobody else can tell; read anew each time it is asked for. */
export interface Telemetry {
  /** Of this host's copy of the log; null where it keeps none. */
  readonly log: LogTelemetry | null
  /** Peers that answer probes. */
  readonly connections: number
  /** By name of the peer, the last answer to a probe, in milliseconds. */
  readonly roundTripsMs: ReadonlyMap<string, number>
  /** What is given out, by pool and host; none where this host keeps no log. */
  readonly pools: readonly PoolTelemetry[]
  /** What this host must have and has, and how many of it are not as wanted, by what is done about that. */
  readonly host: {
    readonly wanted: number
    readonly seen: number
    readonly troubles: Readonly<Record<Doing['type'], number>>
  }
}

/** A member that is not (yet) one of the voters is a `learner`. */
export interface LogTelemetry {
  readonly role: RoleName
  readonly term: number
  readonly commitIndex: number
  readonly lastIndex: number
  readonly snapshotIndex: number
}

/** `pool` as in an allocation; `host` where each host has one of its own. Counts of numbers. */
export interface PoolTelemetry {
  readonly pool: string
  readonly host?: string
  readonly size: number
  readonly held: number
  readonly resting: number
}
