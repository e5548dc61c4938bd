import { Raft, type RaftOptions } from '#core/consensus/raft.ts'
import type { RaftConfig, RaftEffect, Snapshot } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'
import { Disk } from './disk.ts'
import { type MeshCode, REAL_MESH } from './machine.ts'

/** Everything that is fixed before a run. */
export interface Setup {
  readonly seed: number
  /** The first configuration, known to these. */
  readonly voters: readonly HostId[]
  /** Hosts that wait to be added. */
  readonly spares: readonly HostId[]
  /** Clocks run up to this much too fast or too slow. */
  readonly driftPercent: number
  /** A write takes up to this long. */
  readonly diskMs: number
  /** How many clients ask for things all the time. */
  readonly clients: number
  readonly config: RaftConfig
}

/** What runs in the world; others than the real ones plant bugs or add checks. */
export interface Parts {
  readonly createRaft: (options: RaftOptions) => Raft
  readonly createDisk: (snapshot: Snapshot) => Disk
  readonly mesh: MeshCode
  /** The order in which a driver carries out the effects of one call. */
  readonly arrange: (effects: readonly RaftEffect[]) => readonly RaftEffect[]
  /** Whether a host of epoch `own` listens to a message of epoch `sent`. */
  readonly hears: (own: number, sent: number) => boolean
  /** Whether a host tells what is held from its own state, without asking the log. */
  readonly listsItsOwn: boolean
}

/** The product's own consensus and state machine on an honest disk, driven as they ask to be. */
export const REAL_PARTS: Parts = {
  createRaft: (options) => new Raft(options),
  createDisk: (snapshot) => new Disk(snapshot),
  mesh: REAL_MESH,
  arrange: (effects) => effects,
  hears: (own, sent) => own === sent,
  listsItsOwn: false,
}
