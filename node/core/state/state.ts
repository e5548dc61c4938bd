import { DEFAULT_MGMT_CIDR, DEFAULT_OVERLAY_CIDR, hostRange, MAC_RANGE, mgmtRange } from '../allocation/address.ts'
import { addressRange } from '../allocation/mgmt.ts'
import { emptyPool, type Pool, type PoolClock, type Range } from '../allocation/pool.ts'
import { PORT_RANGE, PUBLISH_RANGE } from '../allocation/port.ts'
import type { Due, Table } from '../allocation/table.ts'
import { VLAN_RANGE, VNI_RANGE } from '../allocation/vni.ts'
import type { ApiTokenEntry, UserEntry } from '../model/access.ts'
import type { HostId } from '../model/ids.ts'
import type { Assignment, HostRole } from '../model/lab.ts'
import type { RosterEntry } from '../model/record.ts'
import type { Answers } from './answers.ts'
import type { Command, CommandResult, CommandValue } from './commands.ts'

/** What a join token is worth. Kept for a while when spent, revoked or past its end, so that the answer can say so. */
export interface Token {
  readonly id: string
  /** base64url of an ed25519 public key. */
  readonly verifier: string
  readonly role: HostRole
  readonly uses: number
  /** Hosts admitted by it. */
  readonly usedBy: readonly HostId[]
  readonly expiresAtMs: number
  readonly createdAtMs: number
  /** When its last use was spent. */
  readonly spentAtMs?: number
  readonly revokedAtMs?: number
  /** The one name its host may have. */
  readonly name?: string
  /** Whose place its host takes: a machine that lost its key comes back under its name. */
  readonly replaces?: HostId
}

/** Part of the replicated state, so every host allocates from the same ranges. */
export interface StateConfig {
  /** How long a freed number rests. */
  readonly restMs: number
  readonly overlayCidr: string
  readonly mgmtCidr: string
  readonly vni: Range
  readonly vlan: Range
  readonly mac: Range
  readonly port: Range
}

/** 10 minutes: longer than any host needs to notice that a number is no longer its own. */
export const DEFAULT_CONFIG: StateConfig = {
  restMs: 600_000,
  overlayCidr: DEFAULT_OVERLAY_CIDR,
  mgmtCidr: DEFAULT_MGMT_CIDR,
  vni: VNI_RANGE,
  vlan: VLAN_RANGE,
  mac: MAC_RANGE,
  port: PORT_RANGE,
}

/** Who may use the API. */
export interface Access {
  /** By name. */
  readonly users: Readonly<Record<string, UserEntry>>
  /** By id. */
  readonly tokens: Readonly<Record<string, ApiTokenEntry>>
  /** SHA-256 of the code of the bootstrap, hex; absent once it is spent. */
  readonly firstCode?: string
  /** When it last changed. */
  readonly at: LogPosition
}

/** Nobody may. */
export const NO_ACCESS: Access = { users: {}, tokens: {}, at: { index: 0, term: 0 } }

/** The newest intent version the log has answered for a lab, or whose deletion it has seen. */
export interface LabVersion {
  readonly intentVersion: string
  readonly type: 'assigned' | 'released'
  /** When its numbers were freed; absent while it holds some. */
  readonly endedAtMs?: number
}

/** The test that has a NIC, and when its hold ends. */
export interface NicHold {
  readonly test: number
  readonly sinceMs: number
  readonly untilMs: number
}

/**
 * What the log replicates. Never changed; each command makes another, which shares what stayed. `encodeState` makes JSON of it. Tables by
 * names that people choose are read with `own`.
 */
export interface State {
  readonly meshId: string
  readonly epoch: number
  /** The newest edition of what is in it (`EDITION`): every host of the log understands it. */
  readonly edition: number
  /** The highest time a command brought. */
  readonly nowMs: number
  readonly config: StateConfig
  /** By host id; a removed host stays as its own tombstone, for ever. */
  readonly roster: Readonly<Record<string, RosterEntry>>
  /** When the roster last changed. */
  readonly rosterAt: LogPosition
  /** By token id. */
  readonly tokens: Readonly<Record<string, Token>>
  readonly access: Access
  /** `vni`, `mac`, `mgmt`, `mgmt/<subnet>`, `overlay`, `vlan/<host id>`, `port/<host id>`, `publish/<host id>`; a pool nobody has had anything of is absent. */
  readonly pools: Table<string, Pool>
  /** Leases by their end and `<pool> <owner>`; holds of NICs too, as `nic/<nic> test/<number>`. */
  readonly leases: Table<Due<string>, true>
  /** Held NICs, by what `nicOf` calls them. */
  readonly nics: Table<string, NicHold>
  /** The last number given out, by name. */
  readonly counters: Readonly<Record<string, number>>
  /** By lab. */
  readonly assignments: Readonly<Record<string, Assignment>>
  /** By lab. */
  readonly labVersions: Readonly<Record<string, LabVersion>>
  readonly answers: Answers
  /** When to look again for what ended long ago. */
  readonly tidyAtMs: number
}

/** Where in the log a command stands. */
export interface LogPosition {
  readonly index: number
  readonly term: number
}

/** What one kind of command does: the state after it and the answer. A refusal returns the state it was given. */
export type Handler<C extends Command> = (state: State, at: LogPosition, command: C) => Step

export interface Step {
  readonly state: State
  readonly result: CommandResult
}

/** The step of a command that was carried out. */
export const done = (state: State, value: CommandValue): Step => ({ state, result: { ok: true, value } })

/** The step of a command that was refused. */
export const refuse = (
  state: State,
  why: Omit<Refusal, 'details'> & { details?: Readonly<Record<string, unknown>> },
): Step => ({
  state,
  result: { ok: false, code: why.code, message: why.message, details: why.details ?? {} },
})

/** Why a command was refused. */
export type Refusal = Omit<Extract<CommandResult, { ok: false }>, 'ok'>

/** The numbers of the pool of that name. Throws BAD_INPUT for a network that is none. */
export function poolRange(config: StateConfig, name: string): Range {
  if (name === 'overlay') return hostRange(config.overlayCidr)
  if (name === 'mgmt') return mgmtRange(config.mgmtCidr)
  if (name.startsWith('mgmt/')) return addressRange(name.slice('mgmt/'.length))
  if (name.startsWith('publish/')) return PUBLISH_RANGE
  if (name === 'vni' || name === 'mac') return config[name]
  return name.startsWith('vlan/') ? config.vlan : config.port
}

/** The pool of that name; an empty one of the configured range where nobody has held anything of it yet. */
export const poolOf = (state: State, name: string): Pool =>
  state.pools.get(name) ?? emptyPool(...poolRange(state.config, name))

/** The state's time, and how long its numbers rest. */
export const clockOf = ({ nowMs, config }: State): PoolClock => ({ nowMs, restMs: config.restMs })

/** The pools with one in place of that of the same name. */
export function withPool(state: State, name: string, pool: Pool): State['pools'] {
  const pools = state.pools.clone()
  pools.set(name, pool)
  return pools
}

/** The pools with these in place of those of the same name. */
export function withPools(state: State, changed: ReadonlyMap<string, Pool>): State['pools'] {
  if (changed.size === 0) return state.pools
  const pools = state.pools.clone()
  for (const [name, pool] of changed) pools.set(name, pool)
  return pools
}
