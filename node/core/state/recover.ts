import { quarantine } from '../allocation/exact.ts'
import type { Pool } from '../allocation/pool.ts'
import { portPoolName, vlanPoolName } from '../allocation/port.ts'
import type { Assignment } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { compareVersions } from '../record/version.ts'
import { takeOver } from './adopt.ts'
import { poolOf, type State, withPools } from './state.ts'
import { tokenEndMs } from './tokens.ts'

/** As long as the mesh remembers deleted labs: a host that was away longer comes back to nothing of its own. */
const QUARANTINE_MS = 7 * 24 * 3600 * 1000
/** Numbers given out in the time a survivor may have been behind the majority it was part of; a quarter of a small pool at most. */
const BEYOND = 1024

/** What a recovery knows besides its own log. */
export interface Recovery {
  /** Decisions as gossip told them, of any age. */
  readonly assignments: readonly Assignment[]
  /** Wall clock of the survivor. */
  readonly nowMs: number
}

/**
 * The state a mesh goes on with, of the next epoch, after its majority was lost. The lost hosts may have decided things this log never
 * heard of, and they or what they started may come back. So:
 * - decisions that gossip told are taken over with their numbers, the newest of each lab; one that clashes is left out;
 * - numbers go out lowest first, so what was given out unseen is free here below the highest number known or not far above it: all that
 *   rests for a week, and is given to nobody but a decision that turns up and says it holds it;
 * - open join tokens are revoked: a use of them may have been spent unseen.
 * What is decided is decided anew in this epoch, so that nothing an old host still tells can win over it.
 */
export function recoverState(state: State, { assignments, nowMs }: Recovery): State {
  const begun: State = { ...state, epoch: state.epoch + 1, nowMs: Math.max(state.nowMs, nowMs) }
  const told = [...assignments].sort((a, b) => compareVersions(ageOf(b), ageOf(a)))
  const adopted = renewed(told.reduce(adoptNewer, begun))
  return { ...adopted, pools: quarantined(adopted), tokens: revoked(adopted) }
}

const ageOf = ({ epoch, term, index }: Assignment): readonly number[] => [epoch, term, index]

function adoptNewer(state: State, told: Assignment): State {
  const held = own(state.assignments, told.lab)
  if (held !== undefined && compareVersions(ageOf(told), ageOf(held)) <= 0) return state
  const next = takeOver(state, told, told)
  return 'code' in next ? state : next
}

function renewed(state: State): State {
  const rows = Object.entries(state.assignments).map(([lab, held]) => [lab, { ...held, epoch: state.epoch }] as const)
  return { ...state, assignments: Object.fromEntries(rows) }
}

function quarantined(state: State): State['pools'] {
  const hosts = Object.values(state.roster).filter((host) => host.state === 'admitted')
  const ofHosts = hosts.flatMap(({ id }) => [vlanPoolName(id), portPoolName(id)])
  const untilMs = state.nowMs + QUARANTINE_MS
  const pools = ['vni', 'mac', 'mgmt', 'overlay', ...ofHosts].map((name): [string, Pool] => [
    name,
    quarantine(poolOf(state, name), { untilMs, beyond: BEYOND }),
  ])
  return withPools(state, new Map(pools))
}

const revoked = (state: State): State['tokens'] =>
  Object.fromEntries(
    Object.entries(state.tokens).map(([id, token]) => [
      id,
      tokenEndMs(token, state.nowMs) === undefined ? { ...token, revokedAtMs: state.nowMs } : token,
    ]),
  )
