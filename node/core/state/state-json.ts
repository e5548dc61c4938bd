import { networkProblem } from '../allocation/address.ts'
import type { PoolJson } from '../allocation/pool-codec.ts'
import type { ApiTokenEntry, UserEntry } from '../model/access.ts'
import { ERRORS, type ErrorCode } from '../model/errors.ts'
import type { Assignment } from '../model/lab.ts'
import type { RosterEntry } from '../model/record.ts'
import type { CommandResult } from './commands.ts'
import {
  apiTokenEntry,
  assignment,
  count,
  hostId,
  hostName,
  labName,
  role,
  rosterEntry,
  sha256,
  timeMs,
  tokenId,
  userEntry,
  version,
} from './fields.ts'
import { type Check, integer, isObject, list, object, oneOf, pair, text } from './shape.ts'
import type { LabVersion, LogPosition, NicHold, StateConfig, Token } from './state.ts'
import { nic, testNumber } from './test-commands.ts'

/** The state as JSON; tables as lists, in the order of their keys. */
export interface StateJson {
  readonly meshId: string
  readonly epoch: number
  readonly nowMs: number
  readonly config: StateConfig
  readonly rosterAt: LogPosition
  readonly tidyAtMs: number
  readonly roster: readonly RosterEntry[]
  readonly tokens: readonly Token[]
  readonly assignments: readonly Assignment[]
  readonly labVersions: readonly (readonly [lab: string, LabVersion])[]
  readonly pools: readonly (readonly [name: string, PoolJson])[]
  readonly answers: {
    readonly old: readonly (readonly [id: string, CommandResult])[]
    readonly young: readonly (readonly [id: string, CommandResult])[]
    readonly youngSinceMs: number
  }
  /** Absent in states of a former version: the first one. */
  readonly edition?: number
  /** Absent in states of a former version: nobody may use the API. */
  readonly access?: AccessJson
  /** Both absent in states of a former version: nothing of them. */
  readonly counters?: readonly (readonly [name: string, last: number])[]
  readonly nics?: readonly (readonly [nic: string, NicHold])[]
}

interface AccessJson {
  readonly users: readonly UserEntry[]
  readonly tokens: readonly ApiTokenEntry[]
  readonly firstCode?: string
  readonly at: LogPosition
}

/** Far more than a snapshot can carry: only shapes matter here. */
const MANY = 100_000_000

const range: Check<StateConfig['vni']> = (value) => {
  const read = pair(count, count)(value)
  return read === undefined || read[0] > read[1] ? undefined : read
}

const cidr: Check<string> = (value) => {
  const read = text(/^[\d.]{7,15}\/\d{1,2}$/)(value)
  return read === undefined || networkProblem(read) !== undefined ? undefined : read
}

const config: Check<StateConfig> = object({
  restMs: timeMs,
  overlayCidr: cidr,
  mgmtCidr: cidr,
  vni: range,
  vlan: range,
  mac: range,
  port: range,
})

const token: Check<Token> = object(
  {
    id: tokenId,
    verifier: tokenId,
    role,
    uses: count,
    usedBy: list(hostId, MANY),
    expiresAtMs: timeMs,
    createdAtMs: timeMs,
  },
  { spentAtMs: timeMs, revokedAtMs: timeMs, name: hostName, replaces: hostId },
)

const labVersion: Check<LabVersion> = object(
  { intentVersion: version, type: oneOf('assigned', 'released') },
  { endedAtMs: timeMs },
)

/** Answers are only told again: whether there is one, and which kind. */
const result: Check<CommandResult> = (value) => {
  if (!isObject(value)) return undefined
  const isAnswer = value.ok === true ? isObject(value.value) : isRefusal(value)
  return isAnswer ? (value as unknown as CommandResult) : undefined
}

const isRefusal = ({ ok, code, message, details }: Readonly<Record<string, unknown>>): boolean =>
  ok === false && typeof code === 'string' && isCode(code) && typeof message === 'string' && isObject(details)

const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code)

const isNumbers = (values: readonly unknown[]): values is readonly number[] =>
  values.every((value) => Number.isSafeInteger(value) && Number(value) >= 0)

const heldRow: Check<PoolJson['held'][number]> = (value) => {
  if (!Array.isArray(value)) return undefined
  const [owner, since, until, ...values]: readonly unknown[] = value
  const numbers = [since, until, ...values]
  return typeof owner === 'string' && isNumbers(numbers) && values.length > 0
    ? (value as [string, number, number, ...number[]])
    : undefined
}

const restingRow: Check<PoolJson['resting'][number]> = (value) =>
  Array.isArray(value) && value.length === 3 && isNumbers(value) ? (value as [number, number, number]) : undefined

const poolName = text(
  /^(?:vni|mac|mgmt|overlay|mgmt\/(?:\d{1,3}\.){3}\d{1,3}\/\d{1,2}|(?:vlan|port|publish)\/[A-Za-z0-9]{1,80})$/,
)
const answerList = list(pair(text(/^[\x21-\x7e]{1,200}$/), result), MANY)

const access: Check<AccessJson> = object(
  { users: list(userEntry, MANY), tokens: list(apiTokenEntry, MANY), at: object({ index: count, term: count }) },
  { firstCode: sha256 },
)

/** The JSON of a state; undefined where it does not have that shape. */
export const checkState: Check<StateJson> = object(
  {
    meshId: text(/^[\x21-\x7e]{1,200}$/),
    epoch: integer(1, Number.MAX_SAFE_INTEGER),
    nowMs: timeMs,
    config,
    rosterAt: object({ index: count, term: count }),
    tidyAtMs: timeMs,
    roster: list(rosterEntry, MANY),
    tokens: list(token, MANY),
    assignments: list(assignment, MANY),
    labVersions: list(pair(labName, labVersion), MANY),
    pools: list(pair(poolName, object({ held: list(heldRow, MANY), resting: list(restingRow, MANY) })), MANY),
    answers: object({ old: answerList, young: answerList, youngSinceMs: timeMs }),
  },
  {
    access,
    edition: integer(1, Number.MAX_SAFE_INTEGER),
    counters: list(pair(text(/^[a-z]{1,20}$/), count), MANY),
    nics: list(pair(nic, object({ test: testNumber, sinceMs: timeMs, untilMs: timeMs })), MANY),
  },
)
