import { formatIpv4 } from '../allocation/address.ts'
import { claim } from '../allocation/pool.ts'
import { MeshError } from '../model/errors.ts'
import type { RosterEntry } from '../model/record.ts'
import { assign, releaseLab } from './assign.ts'
import type { Command, CommandResult } from './commands.ts'
import { admit, drainHost, hostOwner, removeHost, updateHost } from './hosts.ts'
import { DEFAULT_CONFIG, type LogPosition, poolOf, refuse, type State, type StateConfig, type Step } from './state.ts'
import { createToken, revokeToken } from './tokens.ts'

export type { LogPosition, State } from './state.ts'

/** Answers kept for requests that come again: far more than can be under way at once. */
const MAX_REQUESTS = 1000

/** What a mesh starts from: one host, which made it. */
export interface Bootstrap {
  readonly meshId: string
  readonly first: Omit<RosterEntry, 'overlayAddress' | 'state'>
  readonly nowMs: number
  /** {@link DEFAULT_CONFIG}'s unless told. */
  readonly overlayCidr?: string
  readonly config?: Partial<Omit<StateConfig, 'overlayCidr'>>
}

/** The state of a new mesh; its first host gets the first overlay address. Throws BAD_INPUT for an overlay network that is none. */
export function initialState(bootstrap: Bootstrap): State {
  const { meshId, first, nowMs, overlayCidr = DEFAULT_CONFIG.overlayCidr } = bootstrap
  const empty: State = {
    meshId,
    epoch: 1,
    nowMs,
    config: { ...DEFAULT_CONFIG, ...bootstrap.config, overlayCidr },
    roster: {},
    rosterAt: { index: 0, term: 0 },
    tokens: {},
    pools: {},
    assignments: {},
    labVersions: {},
    requests: [],
  }
  const owner = hostOwner(first.id)
  const claimed = claim(poolOf(empty, 'overlay'), {
    prefix: owner,
    owners: [owner],
    nowMs,
    restMs: empty.config.restMs,
  })
  const address = claimed?.values.get(owner)
  if (!claimed || address === undefined)
    throw new MeshError('BAD_INPUT', `The overlay network '${overlayCidr}' has no room.`)
  const entry: RosterEntry = { ...first, overlayAddress: formatIpv4(address), state: 'admitted' }
  return { ...empty, roster: { [first.id]: entry }, pools: { overlay: claimed.pool } }
}

/**
 * Carries out one committed command: the same state, position and command give the same answer on every host.
 * A request seen before gets the answer it had and changes nothing; a refusal changes nothing but the time and the answers kept.
 */
export function apply(
  state: State,
  at: LogPosition,
  command: Command,
): { readonly state: State; readonly result: CommandResult } {
  const before = state.requests.find(({ id }) => id === command.requestId)
  if (before) return { state, result: before.result }
  const step = dispatch({ ...state, nowMs: Math.max(state.nowMs, command.nowMs) }, at, command)
  const requests = [...state.requests.slice(1 - MAX_REQUESTS), { id: command.requestId, result: step.result }]
  return { state: { ...step.state, requests }, result: step.result }
}

function dispatch(state: State, at: LogPosition, command: Command): Step {
  switch (command.type) {
    case 'create-token':
      return createToken(state, at, command)
    case 'revoke-token':
      return revokeToken(state, at, command)
    case 'admit':
      return admit(state, at, command)
    case 'update-host':
      return updateHost(state, at, command)
    case 'remove-host':
      return removeHost(state, at, command)
    case 'assign':
      return assign(state, at, command)
    case 'release':
      return releaseLab(state, at, command)
    case 'drain-host':
      return drainHost(state, at, command)
    case 'adopt':
    case 'reserve':
    case 'free':
    case 'expire':
      return refuse(state, { code: 'BAD_INPUT', message: `This version cannot carry out ${command.type}.` })
  }
}
