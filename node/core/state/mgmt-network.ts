import { parseIp } from '../allocation/ip.ts'
import { addressRange, giveWithin, mgmtPoolName } from '../allocation/mgmt.ts'
import { claim, draftOf, takeBack } from '../allocation/pool.ts'
import { isVlanPool, poolHost, vlanPoolName } from '../allocation/port.ts'
import { takeOne } from '../allocation/spans.ts'
import type { HostId, LabName } from '../model/ids.ts'
import type { MgmtSettings } from './mgmt-settings.ts'
import { exhausted } from './refusals.ts'
import { clockOf, poolOf, type Refusal, type State, withPool } from './state.ts'

/** What the names of all owners of a management network start with. */
export const networkPrefix = (network: string): string => `mgmt/${network}/`
/** Who holds its VNI. */
export const vniOwner = (network: string): string => `${networkPrefix(network)}vni`
/** Who holds its tag on a host. */
export const vlanOwner = (network: string): string => `${networkPrefix(network)}vlan`
/** Who holds the address of its gateway. */
export const gatewayOwner = (network: string): string => `${networkPrefix(network)}gateway`

/** Who holds the address of a host in a management network. */
export const hostAddressOwner = (network: string, host: HostId): string => `${networkPrefix(network)}host/${host}`

interface Numbering {
  readonly lab: LabName
  readonly settings: Pick<MgmtSettings, 'network' | 'ipv4Subnet' | 'ipv4Gw'>
  /** All hosts of all labs in the network; none where the last lab has left it. */
  readonly hosts: readonly HostId[]
}

/** Gives the network what it needs itself: its VNI, a VLAN tag on each host, an address for each host and for the gateway. */
export function numberNetwork(state: State, numbering: Numbering): State | Refusal {
  const tagged = numberSegment(state, numbering)
  return 'code' in tagged ? tagged : numberHosts(tagged, numbering)
}

function numberSegment(state: State, { lab, settings: { network }, hosts }: Numbering): State | Refusal {
  const vlanPools = [...state.pools.entries()].flatMap(([name]) => (isVlanPool(name) ? [name] : []))
  const wanted = new Map<string, readonly string[]>([
    ['vni', hosts.length === 0 ? [] : [vniOwner(network)]],
    ...vlanPools.map((name) => [name, []] as const),
    ...hosts.map((host) => [vlanPoolName(host), [vlanOwner(network)]] as const),
  ])
  let next = state
  for (const [name, owners] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const pool = poolOf(next, name)
    const claimed = claim(pool, { prefix: networkPrefix(network), owners, ...clockOf(state) })
    if (claimed === undefined) return exhausted(state, { who: `Lab ${lab}`, pool: name, missing: owners.length })
    if (claimed.pool !== pool) next = { ...next, pools: withPool(next, name, claimed.pool) }
  }
  return next
}

/** Hosts get theirs from the end of the subnet, where nobody looks for a node. */
function numberHosts(state: State, { lab, settings, hosts }: Numbering): State | Refusal {
  const { network, ipv4Subnet, ipv4Gw } = settings
  const name = mgmtPoolName(ipv4Subnet, state.config.mgmtCidr)
  const draft = draftOf(poolOf(state, name), state.nowMs)
  const owners = new Set(hosts.map((host) => hostAddressOwner(network, host)))
  const gateway = Number(parseIp(ipv4Gw)?.value ?? 0n)
  const isOurs = (owner: string): boolean => owner.startsWith(networkPrefix(network))
  const before = [...draft.owners.entries(networkPrefix(network))].map(([owner]) => owner).filter(isOurs)
  const gone = before.filter((owner) => !owners.has(owner) && (hosts.length === 0 || owner !== gatewayOwner(network)))
  for (const owner of gone) takeBack(draft, owner, { nowMs: state.nowMs, restMs: 0 })
  if (hosts.length > 0 && draft.owners.get(gatewayOwner(network)) === undefined && takeOne(draft.free, gateway)) {
    draft.owners.set(gatewayOwner(network), { values: [gateway], sinceMs: state.nowMs, untilMs: null })
    draft.held += 1
  }
  const search = { range: addressRange(ipv4Subnet), from: 'high', ...clockOf(state) } as const
  for (const owner of [...owners].sort())
    if (draft.owners.get(owner) === undefined && giveWithin(draft, owner, search) === undefined)
      return exhausted(state, { who: `Lab ${lab}`, pool: name, missing: 1 })
  return { ...state, pools: withPool(state, name, draft) }
}

/** The numbers a network has: its VNI, and its VLAN tag by host. */
export function givenNumbers(
  state: State,
  network: string,
): { readonly vni: number; readonly vlans: ReadonlyMap<HostId, number> } {
  const [vni = 0] = poolOf(state, 'vni').owners.get(vniOwner(network))?.values ?? []
  const vlans = new Map<HostId, number>()
  for (const [name, pool] of state.pools.entries()) {
    const [tag] = isVlanPool(name) ? (pool.owners.get(vlanOwner(network))?.values ?? []) : []
    const host = poolHost(name)
    if (tag !== undefined && host !== undefined) vlans.set(host, tag)
  }
  return { vni, vlans }
}
