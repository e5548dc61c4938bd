import { parseIpv4 } from '../allocation/address.ts'
import { claimExactly } from '../allocation/exact.ts'
import { mgmtPoolName } from '../allocation/mgmt.ts'
import { heldUnder } from '../allocation/pool.ts'
import { vlanPoolName } from '../allocation/port.ts'
import type { HostId, LabName } from '../model/ids.ts'
import type { Assignment } from '../model/lab.ts'
import type { MgmtAssignment } from '../model/mgmt.ts'
import { nodeAddressOwner } from './lab-owners.ts'
import { gatewayOwner, hostAddressOwner, networkPrefix, vlanOwner, vniOwner } from './mgmt-network.ts'
import { givePorts } from './publish.ts'
import { clockOf, poolOf, type Refusal, type State, withPool } from './state.ts'

/** Takes over what an earlier epoch gave a lab of management networks and ports, exactly; ALLOCATION_CONFLICT where others hold it. */
export function adoptMore(state: State, { lab, mgmt, published = [] }: Assignment): State | Refusal {
  const placed = mgmt === undefined ? state : adoptMgmt(state, lab, mgmt)
  return 'code' in placed ? placed : givePorts(placed, lab, published)
}

type Wanted = ReadonlyMap<string, number>

function adoptMgmt(state: State, lab: LabName, mgmt: MgmtAssignment): State | Refusal {
  const { network, vni, hosts, nodes } = mgmt
  const addresses = mgmtPoolName(mgmt.ipv4Subnet, state.config.mgmtCidr)
  const number = (address: string): number => parseIpv4(address) ?? -1
  const rows = Object.entries(hosts)
  const shared = networkPrefix(network)
  const own = nodeAddressOwner(lab, '')
  const asks: readonly (readonly [pool: string, prefix: string, Wanted])[] = [
    ['vni', shared, new Map([[vniOwner(network), vni]])],
    ...rows.map(
      ([host, { vlan }]) => [vlanPoolName(host as HostId), shared, new Map([[vlanOwner(network), vlan]])] as const,
    ),
    [
      addresses,
      shared,
      new Map(rows.map(([host, { ipv4 }]) => [hostAddressOwner(network, host as HostId), number(ipv4)])),
    ],
    [
      addresses,
      own,
      new Map(Object.entries(nodes).map(([node, { ipv4 }]) => [nodeAddressOwner(lab, node), number(ipv4)])),
    ],
  ]
  let next = withGateway(state, addresses, mgmt)
  for (const [name, prefix, wanted] of asks) {
    const pool = poolOf(next, name)
    const before = prefix === shared ? heldUnder(pool, prefix) : new Map<string, number>()
    const other = [...wanted].find(([owner, value]) => (before.get(owner) ?? value) !== value)
    const claimed = claimExactly(pool, { prefix, wanted: new Map([...before, ...wanted]), ...clockOf(next) })
    if (other !== undefined) return clash(lab, { name, value: other[1], owner: `management network ${network}` })
    if ('value' in claimed) return clash(lab, { name, ...claimed })
    next = { ...next, pools: withPool(next, name, claimed) }
  }
  return next
}

/** The gateway of the mesh's own network is no address of its pool: then there is nothing to hold. */
function withGateway(state: State, name: string, { network, ipv4Gw }: MgmtAssignment): State {
  const wanted = new Map([[gatewayOwner(network), parseIpv4(ipv4Gw) ?? -1]])
  const claimed = claimExactly(poolOf(state, name), { prefix: gatewayOwner(network), wanted, ...clockOf(state) })
  return 'value' in claimed ? state : { ...state, pools: withPool(state, name, claimed) }
}

const clash = (
  lab: LabName,
  { name, value, owner }: { name: string; value: number; owner: string | null },
): Refusal => ({
  code: 'ALLOCATION_CONFLICT',
  message: `Lab ${lab} cannot keep ${value} of pool ${name}: ${owner === null ? 'it is no number of that pool' : `${owner} holds it`}.`,
  details: { lab, pool: name, value, ...(owner === null ? {} : { owner }) },
})
