import { parseMac } from '../allocation/address.ts'
import { claimExactly } from '../allocation/exact.ts'
import type { Pool } from '../allocation/pool.ts'
import { vlanPoolName } from '../allocation/port.ts'
import type { EndpointKey, HostId, SegmentId } from '../model/ids.ts'
import type { Assignment } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { Adopt } from './lab-commands.ts'
import { endpointOwner, labPools, labPrefix, segmentOwner } from './lab-owners.ts'
import { adoptMore } from './mgmt-adopt.ts'
import { outdated, strangers } from './refusals.ts'
import {
  clockOf,
  done,
  type Handler,
  type LabVersion,
  type LogPosition,
  poolOf,
  type Refusal,
  refuse,
  type State,
  withPools,
} from './state.ts'

/** Takes over what an earlier epoch decided for a lab this log knows nothing of. Done before, it changes nothing. */
export const adopt: Handler<Adopt> = (state, at, { assignment }) => {
  const { lab, epoch } = assignment
  const held = own(state.assignments, lab)
  if (held !== undefined && saysTheSame(held, assignment)) return done(state, { type: 'lab', lab, index: held.index })
  if (held !== undefined || epoch >= state.epoch) {
    const why = held === undefined ? `is of epoch ${epoch}, not an earlier one` : 'is not what the log has decided'
    const message = `The assignment of lab ${lab} ${why}.`
    return refuse(state, { code: 'BAD_INPUT', message, details: { lab, epoch, at: state.epoch } })
  }
  const next = takeOver(state, at, assignment)
  return 'code' in next ? refuse(state, next) : done(next, { type: 'lab', lab, index: at.index })
}

const saysTheSame = (a: Assignment, b: Assignment): boolean =>
  a.intentVersion === b.intentVersion &&
  sorted(a.hosts) === sorted(b.hosts) &&
  sorted(a.macs) === sorted(b.macs) &&
  sorted(a.segments) === sorted(b.segments) &&
  sorted(a.requests ?? {}) === sorted(b.requests ?? {}) &&
  JSON.stringify([a.mgmt, a.published]) === JSON.stringify([b.mgmt, b.published])

const sorted = (table: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)))

/**
 * The state with exactly this assignment for its lab, as decided at `at` in the state's epoch, or why that cannot be: ALLOCATION_CONFLICT where another holds
 * one of its numbers. What the lab held before and does not have any more is freed.
 */
export function takeOver(state: State, at: LogPosition, told: Assignment): State | Refusal {
  const { lab, intentVersion } = told
  const refusal = outdated(state, told, 'assigned') ?? strangers(state, lab, hostsOf(told))
  if (refusal) return refusal
  const wanted = numbersOf(told)
  const pools = new Map<string, Pool>()
  for (const name of [...new Set([...wanted.keys(), ...labPools(state)])].sort()) {
    const claim = { prefix: labPrefix(lab), wanted: wanted.get(name) ?? new Map(), ...clockOf(state) }
    const claimed = claimExactly(poolOf(state, name), claim)
    if ('value' in claimed) return conflict(told, name, claimed)
    pools.set(name, claimed)
  }
  const more = adoptMore({ ...state, pools: withPools(state, pools) }, told)
  if ('code' in more) return more
  const version: LabVersion = { intentVersion, type: 'assigned' }
  const assignment: Assignment = { ...told, epoch: state.epoch, term: at.term, index: at.index }
  return {
    ...state,
    pools: more.pools,
    assignments: { ...state.assignments, [lab]: assignment },
    labVersions: { ...state.labVersions, [lab]: version },
  }
}

const hostsOf = ({ hosts, segments }: Assignment): readonly HostId[] => [
  ...Object.values(hosts),
  ...Object.values(segments).flatMap(({ vlans }) => Object.keys(vlans) as HostId[]),
]

/** Which owner has which number of which pool. */
function numbersOf({ lab, segments, macs }: Assignment): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const numbers = new Map<string, Map<string, number>>()
  const add = (pool: string, owner: string, value: number): void => {
    numbers.set(pool, (numbers.get(pool) ?? new Map()).set(owner, value))
  }
  for (const [id, { vni, vlans }] of Object.entries(segments)) {
    const owner = segmentOwner(lab, id as SegmentId)
    if (vni !== null) add('vni', owner, vni)
    for (const [host, tag] of Object.entries(vlans)) add(vlanPoolName(host as HostId), owner, tag)
  }
  for (const [endpoint, mac] of Object.entries(macs))
    add('mac', endpointOwner(lab, endpoint as EndpointKey), parseMac(mac) ?? -1)
  return numbers
}

function conflict(
  { lab }: Assignment,
  pool: string,
  { value, owner }: { value: number; owner: string | null },
): Refusal {
  const who = owner === null ? 'it is no number of that pool' : `${owner} holds it`
  return {
    code: 'ALLOCATION_CONFLICT',
    message: `Lab ${lab} cannot keep ${value} of pool ${pool}: ${who}.`,
    details: { lab, pool, value, ...(owner === null ? {} : { owner }) },
  }
}
