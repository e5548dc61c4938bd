import { DEFAULT_OVERLAY_CIDR, hostRange, MAC_RANGE } from '../allocation/address.ts'
import { emptyPool, type Pool } from '../allocation/pool.ts'
import { PORT_RANGE, vlanPoolName } from '../allocation/port.ts'
import { VLAN_RANGE, VNI_RANGE } from '../allocation/vni.ts'
import type { HostId } from '../model/ids.ts'
import type { Assignment, HostRole } from '../model/lab.ts'
import type { RosterEntry } from '../model/record.ts'
import type { Command, CommandResult, CommandValue } from './commands.ts'

/** What a join token is worth. Kept when spent, revoked or past its end, so that the answer can say so. */
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
  readonly revokedAtMs?: number
  /** The one name its host may have. */
  readonly name?: string
}

type Range = readonly [from: number, to: number]

/** Part of the replicated state, so every host allocates from the same ranges. */
export interface StateConfig {
  /** How long a freed number rests. */
  readonly restMs: number
  readonly overlayCidr: string
  readonly vni: Range
  readonly vlan: Range
  readonly mac: Range
  readonly port: Range
}

/** 10 minutes: longer than any host needs to notice that a number is no longer its own. */
export const DEFAULT_CONFIG: StateConfig = {
  restMs: 600_000,
  overlayCidr: DEFAULT_OVERLAY_CIDR,
  vni: VNI_RANGE,
  vlan: VLAN_RANGE,
  mac: MAC_RANGE,
  port: PORT_RANGE,
}

/** The newest intent version the log has answered for a lab, or whose deletion it has seen. */
export interface LabVersion {
  readonly intentVersion: string
  readonly type: 'assigned' | 'released'
}

/** What the log replicates. JSON; a snapshot is exactly this. Tables are read with `own`: people choose the keys. */
export interface State {
  readonly meshId: string
  readonly epoch: number
  /** The highest time a command brought. */
  readonly nowMs: number
  readonly config: StateConfig
  /** By host id; a removed host stays as its own tombstone, for ever. */
  readonly roster: Readonly<Record<string, RosterEntry>>
  /** When the roster last changed. */
  readonly rosterAt: LogPosition
  /** By token id. */
  readonly tokens: Readonly<Record<string, Token>>
  /** `vni`, `mac`, `overlay`, `vlan/<host id>`, `port/<host id>`. */
  readonly pools: Readonly<Record<string, Pool>>
  /** By lab. */
  readonly assignments: Readonly<Record<string, Assignment>>
  /** By lab. */
  readonly labVersions: Readonly<Record<string, LabVersion>>
  /** Answers given, oldest first. */
  readonly requests: readonly { readonly id: string; readonly result: CommandResult }[]
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
  why: Omit<Extract<CommandResult, { ok: false }>, 'ok' | 'details'> & { details?: Readonly<Record<string, unknown>> },
): Step => ({
  state,
  result: { ok: false, code: why.code, message: why.message, details: why.details ?? {} },
})

/** The pool of that name; an empty one of the configured range where nobody has held anything of it yet. */
export function poolOf(state: State, name: string): Pool {
  const held = Object.hasOwn(state.pools, name) ? state.pools[name] : undefined
  if (held) return held
  const { config } = state
  if (name === 'overlay') return emptyPool(...hostRange(config.overlayCidr))
  if (name === 'vni' || name === 'mac') return emptyPool(...config[name])
  return emptyPool(...(name.startsWith('vlan/') ? config.vlan : config.port))
}

/** The state without the pools of a host that was removed: its key never returns, so nobody can hold them again. */
export function withoutHostPools(state: State, host: HostId): State['pools'] {
  return Object.fromEntries(
    Object.entries(state.pools).filter(([name]) => name !== vlanPoolName(host) && name !== `port/${host}`),
  )
}
