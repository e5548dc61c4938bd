import { formatIpv4 } from '../allocation/address.ts'
import { draftOf, give } from '../allocation/pool.ts'
import { dueTable, textTable } from '../allocation/table.ts'
import { MeshError } from '../model/errors.ts'
import type { RosterEntry } from '../model/record.ts'
import { apiTokenCreate, apiTokenRevoke, firstLogin, userRemove, userSet } from './access.ts'
import { adopt } from './adopt.ts'
import { answerOf, noAnswers, withAnswer } from './answers.ts'
import { assign, releaseLab } from './assign.ts'
import type { Command, CommandResult } from './commands.ts'
import { ACCESS_EDITION, editionOf } from './edition.ts'
import { admit, drainHost, removeHost, updateHost } from './hosts.ts'
import { hostOwner } from './lab-owners.ts'
import { endLeases } from './leases.ts'
import { free, reserve } from './reserve.ts'
import {
  DEFAULT_CONFIG,
  done,
  type LogPosition,
  NO_ACCESS,
  poolOf,
  poolRange,
  type State,
  type StateConfig,
  type Step,
  withPool,
} from './state.ts'
import { freeTest, holdTest, takeNumbers } from './tests.ts'
import { tidy } from './tidy.ts'
import { createToken, revokeToken } from './tokens.ts'

export type { LogPosition, State } from './state.ts'

/** What a mesh starts from: one host, which made it. */
export interface Bootstrap {
  readonly meshId: string
  readonly first: Omit<RosterEntry, 'overlayAddress' | 'state'>
  readonly nowMs: number
  /** SHA-256 of the code that makes the first admin, hex; there is none where it is absent. */
  readonly firstCode?: string
  /** {@link DEFAULT_CONFIG}'s unless told. */
  readonly overlayCidr?: string
  readonly config?: Partial<Omit<StateConfig, 'overlayCidr'>>
}

/** The state of a new mesh; its first host gets the first overlay address. Throws BAD_INPUT for a network that is none. */
export function initialState(bootstrap: Bootstrap): State {
  const { meshId, first, nowMs, overlayCidr = DEFAULT_CONFIG.overlayCidr } = bootstrap
  const empty: State = {
    meshId,
    epoch: 1,
    edition: bootstrap.firstCode === undefined ? 1 : ACCESS_EDITION,
    nowMs,
    config: { ...DEFAULT_CONFIG, ...bootstrap.config, overlayCidr },
    roster: {},
    rosterAt: { index: 0, term: 0 },
    tokens: {},
    access: { ...NO_ACCESS, ...(bootstrap.firstCode === undefined ? {} : { firstCode: bootstrap.firstCode }) },
    pools: textTable(),
    leases: dueTable(),
    nics: textTable(),
    counters: {},
    assignments: {},
    labVersions: {},
    answers: noAnswers(nowMs),
    tidyAtMs: nowMs,
  }
  poolRange(empty.config, 'mgmt')
  const overlay = draftOf(poolOf(empty, 'overlay'), nowMs)
  const [address] = give(overlay, hostOwner(first.id), { count: 1, sinceMs: nowMs, untilMs: null }) ?? []
  if (address === undefined) throw new MeshError('BAD_INPUT', `The overlay network '${overlayCidr}' has no room.`)
  const entry: RosterEntry = { ...first, overlayAddress: formatIpv4(address), state: 'admitted' }
  return { ...empty, roster: { [first.id]: entry }, pools: withPool(empty, 'overlay', overlay) }
}

/**
 * Carries out one committed command: the same state, position and command give the same answer on every host.
 * A request seen before gets the answer it had and changes nothing; a refusal changes nothing but the answers kept and what time alone
 * brings, which every command does first: leases end, and what ended long ago is forgotten. O(log n) but for what a command itself names.
 */
export function apply(
  state: State,
  at: LogPosition,
  command: Command,
): { readonly state: State; readonly result: CommandResult } {
  const before = answerOf(state.answers, command.requestId)
  if (before) return { state, result: before }
  const nowMs = Math.max(state.nowMs, command.nowMs)
  const ended = endLeases(tidy({ ...state, nowMs }))
  const step = dispatch(ended, at, command)
  const answers = withAnswer(state.answers, command.requestId, { result: step.result, nowMs })
  const edition = Math.max(state.edition, editionOf(command))
  return { state: { ...step.state, answers, edition }, result: step.result }
}

/** `count`: numbers whose leases ended just now. */
function dispatch({ state, count }: ReturnType<typeof endLeases>, at: LogPosition, command: Command): Step {
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
      return adopt(state, at, command)
    case 'reserve':
      return reserve(state, at, command)
    case 'free':
      return free(state, at, command)
    case 'user-set':
      return userSet(state, at, command)
    case 'user-remove':
      return userRemove(state, at, command)
    case 'first-login':
      return firstLogin(state, at, command)
    case 'api-token-create':
      return apiTokenCreate(state, at, command)
    case 'api-token-revoke':
      return apiTokenRevoke(state, at, command)
    case 'number':
      return takeNumbers(state, at, command)
    case 'hold-test':
      return holdTest(state, at, command)
    case 'free-test':
      return freeTest(state, at, command)
    case 'expire':
      return done(state, { type: 'freed', owner: '', count })
  }
}
