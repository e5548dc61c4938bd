import { mgmtPoolName } from '../allocation/mgmt.ts'
import { draftOf } from '../allocation/pool.ts'
import { portPoolName, publishPoolName, vlanPoolName } from '../allocation/port.ts'
import type { HostId } from '../model/ids.ts'
import type { Assignment, SegmentAssignment } from '../model/lab.ts'
import type { MgmtAssignment } from '../model/mgmt.ts'
import { hostOwner } from './lab-owners.ts'
import { moveLease } from './leases.ts'
import { hostAddressOwner } from './mgmt-network.ts'
import { type LogPosition, poolOf, type State, withPool } from './state.ts'
import { withoutNics } from './tests.ts'

/** One machine under two keys: the one it lost, and the one it comes back with. */
interface Succession {
  readonly from: HostId
  readonly to: HostId
}

/**
 * Gives everything of one host to its successor: overlay address, VLAN tags, ports and the lab nodes assigned to it, with the numbers
 * they have, so that what still runs there is what is wanted; its tests are over. Says nothing of the roster.
 */
export function succeed(state: State, at: LogPosition, hosts: Succession): State {
  const assignments = Object.entries(state.assignments).map(([lab, assignment]) => [lab, moved(assignment, at, hosts)])
  const addressed = withMgmtAddresses(withOwner(state, 'overlay', [hostOwner(hosts.from), hostOwner(hosts.to)]), hosts)
  const given = { ...addressed, assignments: Object.fromEntries(assignments) as State['assignments'] }
  return withoutNics(withHostPools(given, hosts), [`host/${hosts.from}`])
}

/** What the first owner has of a pool is the second one's. */
function withOwner(state: State, name: string, [from, to]: readonly [from: string, to: string]): State {
  const pool = draftOf(poolOf(state, name), state.nowMs)
  const held = pool.owners.get(from)
  if (held === undefined) return state
  pool.owners.delete(from)
  pool.owners.set(to, held)
  return { ...state, pools: withPool(state, name, pool) }
}

/** Its own addresses in management networks. */
function withMgmtAddresses(state: State, { from, to }: Succession): State {
  const networks = new Map(
    Object.values(state.assignments).flatMap(({ mgmt }) => (mgmt === undefined ? [] : [[mgmt.network, mgmt] as const])),
  )
  return [...networks.values()].reduce<State>((next, { network, ipv4Subnet }) => {
    const owners = [hostAddressOwner(network, from), hostAddressOwner(network, to)] as const
    return withOwner(next, mgmtPoolName(ipv4Subnet, state.config.mgmtCidr), owners)
  }, state)
}

function withHostPools(state: State, { from, to }: Succession): State {
  const pools = state.pools.clone()
  let { leases } = state
  for (const nameOf of [vlanPoolName, portPoolName, publishPoolName]) {
    const pool = pools.get(nameOf(from))
    if (pool === undefined) continue
    pools.delete(nameOf(from))
    pools.set(nameOf(to), pool)
    for (const [owner, { untilMs }] of pool.owners.entries()) {
      leases = moveLease(leases, { pool: nameOf(from), owner }, { from: untilMs, to: null })
      leases = moveLease(leases, { pool: nameOf(to), owner }, { from: null, to: untilMs })
    }
  }
  return { ...state, pools, leases }
}

/** The same object where the host has no part in it, so that nobody is told anew. */
function moved(assignment: Assignment, { term, index }: LogPosition, { from, to }: Succession): Assignment {
  const heir = (host: HostId): HostId => (host === from ? to : host)
  const isOn = ({ vlans }: SegmentAssignment): boolean => Object.hasOwn(vlans, from)
  const { hosts, segments, mgmt, published } = assignment
  if (!Object.values(hosts).includes(from) && !Object.values(segments).some(isOn)) return assignment
  const mgmtHeirs = ({ hosts: addressed, ...rest }: MgmtAssignment): MgmtAssignment => ({
    ...rest,
    hosts: mapTable(addressed, (host, one) => [heir(host as HostId), one]),
  })
  const heirs = ({ vlans, ...rest }: SegmentAssignment): SegmentAssignment => ({
    ...rest,
    vlans: mapTable(vlans, (host, tag) => [heir(host as HostId), tag]),
  })
  return {
    ...assignment,
    hosts: mapTable(hosts, (node, host) => [node, heir(host)]),
    segments: mapTable(segments, (id, segment) => [id, heirs(segment)]),
    ...(mgmt === undefined ? {} : { mgmt: mgmtHeirs(mgmt) }),
    ...(published === undefined ? {} : { published: published.map((port) => ({ ...port, host: heir(port.host) })) }),
    term,
    index,
  }
}

const mapTable = <K extends string, V>(
  table: Readonly<Record<K, V>>,
  change: (key: string, value: V) => readonly [string, V],
): Readonly<Record<K, V>> =>
  Object.fromEntries(Object.entries<V>(table).map(([key, value]) => change(key, value))) as Record<K, V>
