import { claimExactly } from '../allocation/exact.ts'
import { addressAt, formatIp, type Ip, isIn, parseIp, parseNetwork } from '../allocation/ip.ts'
import { giveWithin, holderOf, mgmtPoolName, wholeRange } from '../allocation/mgmt.ts'
import { draftOf, heldUnder, type Pool } from '../allocation/pool.ts'
import { toVlanTag, toVni } from '../allocation/vni.ts'
import type { HostId, LabName, NodeName } from '../model/ids.ts'
import type { MgmtAddresses, MgmtAssignment } from '../model/mgmt.ts'
import { own } from '../model/own.ts'
import type { MgmtDemand } from './lab-commands.ts'
import { nodeAddressOwner } from './lab-owners.ts'
import { givenNumbers, hostAddressOwner, numberNetwork } from './mgmt-network.ts'
import { type MgmtSettings, mgmtRefusal, type Others, settingsOf } from './mgmt-settings.ts'
import { exhausted } from './refusals.ts'
import { clockOf, poolOf, type Refusal, type State, withPool } from './state.ts'

/** What a lab asks of a management network; its nodes run on these hosts. */
export interface MgmtAsk {
  readonly lab: LabName
  readonly demand?: MgmtDemand | undefined
  readonly hosts: readonly HostId[]
}

/** The state with the numbers given, and what the lab has of them. */
export interface MgmtGiven {
  readonly state: State
  readonly mgmt?: MgmtAssignment
}

/**
 * Gives a lab its place in a management network: every node an address, its own or the lowest free one, which it keeps as long as it is
 * there. The numbers of the network itself are held as long as any lab is in it. Without a demand the lab leaves the one it is in.
 */
export function giveMgmt(state: State, { lab, demand, hosts }: MgmtAsk): MgmtGiven | Refusal {
  const held = own(state.assignments, lab)?.mgmt
  const others: Others = Object.values(state.assignments).flatMap((one) =>
    one.lab === lab || one.mgmt === undefined ? [] : [[one.lab, one.mgmt] as const],
  )
  const settings = demand && settingsOf(state, { lab, demand, others, held })
  if (settings !== undefined && 'code' in settings) return settings
  const left = held !== undefined && !isSame(held, settings) ? leave(state, { lab, held, others }) : state
  if ('code' in left) return left
  return demand === undefined || settings === undefined
    ? { state: left }
    : join(left, { lab, demand, hosts, held, others, settings })
}

const isSame = (held: MgmtAssignment, next: MgmtSettings | undefined): boolean =>
  next !== undefined && held.network === next.network && held.ipv4Subnet === next.ipv4Subnet

/** Addresses do not rest: a node's host has taken them away before another node starts, and a lab that comes back wants its own again. */
const restless = (state: State) => ({ ...clockOf(state), restMs: 0 })

function leave(
  state: State,
  { lab, held, others }: { lab: LabName; held: MgmtAssignment; others: Others },
): State | Refusal {
  const name = mgmtPoolName(held.ipv4Subnet, state.config.mgmtCidr)
  const freed = claimExactly(poolOf(state, name), {
    prefix: nodeAddressOwner(lab, ''),
    wanted: new Map(),
    ...restless(state),
  })
  const next = 'value' in freed ? state : { ...state, pools: withPool(state, name, freed) }
  return numberNetwork(next, { lab, settings: held, hosts: hostsOf(held.network, others) })
}

const hostsOf = (network: string, others: Others): readonly HostId[] => [
  ...new Set(others.flatMap(([, mgmt]) => (mgmt.network === network ? (Object.keys(mgmt.hosts) as HostId[]) : []))),
]

interface Joining extends Required<Pick<MgmtAsk, 'lab' | 'hosts'>> {
  readonly demand: MgmtDemand
  readonly held: MgmtAssignment | undefined
  readonly others: Others
  readonly settings: MgmtSettings
}

function join(state: State, joining: Joining): MgmtGiven | Refusal {
  const { lab, hosts, others, settings } = joining
  const [first, second] = [placeOwn(state, joining), [...new Set([...hosts, ...hostsOf(settings.network, others)])]]
  if ('code' in first) return first
  const numbered = numberNetwork(first, { lab, settings, hosts: second })
  if ('code' in numbered) return numbered
  const placed = placeOthers(numbered, joining)
  if ('code' in placed) return placed
  const ipv6 = new Ipv6(joining)
  const nodes = ipv6.ofNodes(placed.addresses)
  if ('code' in nodes) return nodes
  const { vni, vlans } = givenNumbers(placed.state, settings.network)
  const pool = poolOf(placed.state, poolNameOf(state, joining))
  const rows = [...new Set(hosts)].sort().flatMap((host) => {
    const [value] = pool.owners.get(hostAddressOwner(settings.network, host))?.values ?? []
    const vlan = vlans.get(host)
    return value === undefined || vlan === undefined
      ? []
      : [[host, { vlan: toVlanTag(vlan), ...ipv6.ofHost(host, value) }] as const]
  })
  return {
    state: placed.state,
    mgmt: { ...settings, vni: toVni(vni), hosts: Object.fromEntries(rows), nodes },
  }
}

const poolNameOf = (state: State, { settings }: Pick<Joining, 'settings'>): string =>
  mgmtPoolName(settings.ipv4Subnet, state.config.mgmtCidr)

/** The addresses nodes ask for by themselves, and those they have. */
function placeOwn(state: State, joining: Joining): State | Refusal {
  const { lab, demand } = joining
  const name = poolNameOf(state, joining)
  const before = heldUnder(poolOf(state, name), nodeAddressOwner(lab, ''))
  const fixed = Object.entries(demand.nodes).flatMap(([node, { ipv4 }]) =>
    ipv4 === undefined ? [] : [[nodeAddressOwner(lab, node), Number(parseIp(ipv4)?.value ?? -1n)] as const],
  )
  const taken = new Set(fixed.map(([, value]) => value))
  const kept = Object.entries(demand.nodes).flatMap(([node, { ipv4 }]) => {
    const value = before.get(nodeAddressOwner(lab, node))
    return ipv4 !== undefined || value === undefined || taken.has(value)
      ? []
      : [[nodeAddressOwner(lab, node), value] as const]
  })
  const wanted = new Map([...fixed, ...kept])
  const claimed = claimExactly(poolOf(state, name), { prefix: nodeAddressOwner(lab, ''), wanted, ...restless(state) })
  if (!('value' in claimed)) return { ...state, pools: withPool(state, name, claimed) }
  return notToBeHad(poolOf(state, name), claimed.value, joining)
}

function notToBeHad(pool: Pool, value: number, { lab, demand, settings }: Joining): Refusal {
  const address = formatIp({ bits: 32, value: BigInt(Math.max(0, value)) })
  const [node = ''] = Object.entries(demand.nodes).find(([, { ipv4 }]) => ipv4 === address) ?? []
  const holder = holderOf(pool, value)
  const why =
    holder === undefined
      ? `is no address for nodes in ${settings.ipv4Subnet} of the management network ${settings.network}`
      : `is held by ${wordsOf(holder)}`
  return mgmtRefusal(lab, `${address}, which node ${node} asks for, ${why}.`, {
    network: settings.network,
    address,
    holder,
  })
}

/** An owner of the pool as people know it. */
const wordsOf = (owner: string): string => {
  const [, lab, node] = /^lab\/([^/]+)\/mgmt\/(.+)$/.exec(owner) ?? []
  if (lab !== undefined) return `node ${node} of lab ${lab}`
  return owner.startsWith('mgmt/') ? 'the network itself (its gateway or a host)' : owner.replace(/^user\//, '')
}

type Placed = { readonly state: State; readonly addresses: ReadonlyMap<string, number> }

/** The lowest free addresses for all nodes that have none. */
function placeOthers(state: State, joining: Joining): Placed | Refusal {
  const { lab, demand, settings } = joining
  const name = poolNameOf(state, joining)
  const draft = draftOf(poolOf(state, name), state.nowMs)
  const part = demand.ipv4Range ?? settings.ipv4Subnet
  const search = { range: wholeRange(part), from: 'low', ...clockOf(state) } as const
  const addresses = new Map<string, number>()
  for (const node of Object.keys(demand.nodes)) {
    const owner = nodeAddressOwner(lab, node)
    const value = draft.owners.get(owner)?.values[0] ?? giveWithin(draft, owner, search)
    if (value === undefined) return exhausted(state, { who: `Lab ${lab}`, pool: name, missing: 1 })
    addresses.set(node, value)
  }
  return { state: { ...state, pools: withPool(state, name, draft) }, addresses }
}

/** IPv6 addresses follow from the IPv4 ones: as far from the beginning of their subnet, further on where that one is taken. */
class Ipv6 {
  readonly #joining: Joining
  /** By address, who has it. */
  readonly #taken = new Map<string, string>()

  constructor(joining: Joining) {
    this.#joining = joining
    const { others, settings } = joining
    if (settings.ipv6Gw !== undefined) this.#taken.set(settings.ipv6Gw, 'the gateway')
    for (const [lab, mgmt] of others) {
      if (mgmt.network !== settings.network) continue
      for (const [node, { ipv6 }] of Object.entries(mgmt.nodes))
        if (ipv6) this.#taken.set(ipv6, `node ${node} of lab ${lab}`)
      for (const [host, { ipv6 }] of Object.entries(mgmt.hosts)) if (ipv6) this.#taken.set(ipv6, host)
    }
  }

  ofNodes(addresses: ReadonlyMap<string, number>): Readonly<Record<NodeName, MgmtAddresses>> | Refusal {
    const { lab, demand, held, settings } = this.#joining
    const subnet = parseNetwork(settings.ipv6Subnet ?? '')
    for (const [node, { ipv6 }] of Object.entries(demand.nodes)) {
      const ip = ipv6 === undefined ? undefined : parseIp(ipv6)
      if (ip === undefined) continue
      const text = formatIp(ip)
      const holder = this.#taken.get(text)
      if (subnet === undefined || !isIn(ip, subnet))
        return mgmtRefusal(
          lab,
          `${text}, which node ${node} asks for, is not in ${settings.ipv6Subnet ?? 'a network without IPv6'}.`,
          { address: text },
        )
      if (holder !== undefined)
        return mgmtRefusal(lab, `${text}, which node ${node} asks for, is held by ${holder}.`, {
          address: text,
          holder,
        })
      this.#taken.set(text, `node ${node} of lab ${lab}`)
    }
    const rows = [...addresses].map(([node, value]) => {
      const asked = parseIp(own(demand.nodes, node as NodeName)?.ipv6 ?? '')
      const before = own(held?.nodes ?? {}, node as NodeName)?.ipv6
      const ipv6 = asked === undefined ? this.#next(value, before, demand.ipv6Range) : formatIp(asked)
      return [node, { ipv4: ipv4Of(value), ...(ipv6 === undefined ? {} : { ipv6 }) }] as const
    })
    return Object.fromEntries(rows)
  }

  /** All labs on a host tell the same address of it. */
  ofHost(host: HostId, value: number): MgmtAddresses {
    const { others, held, settings } = this.#joining
    const known = others.find(
      ([, mgmt]) => mgmt.network === settings.network && own(mgmt.hosts, host) !== undefined,
    )?.[1]
    const there = known === undefined ? undefined : own(known.hosts, host)
    if (there !== undefined) return { ipv4: there.ipv4, ...(there.ipv6 === undefined ? {} : { ipv6: there.ipv6 }) }
    const ipv6 = this.#next(value, own(held?.hosts ?? {}, host)?.ipv6)
    return { ipv4: ipv4Of(value), ...(ipv6 === undefined ? {} : { ipv6 }) }
  }

  #next(value: number, before: string | undefined, range?: string): string | undefined {
    const { settings } = this.#joining
    const [four, subnet] = [parseNetwork(settings.ipv4Subnet), parseNetwork(range ?? settings.ipv6Subnet ?? '')]
    if (four === undefined || subnet === undefined || settings.ipv6Subnet === undefined) return undefined
    const isFree = (ip: Ip): boolean => isIn(ip, subnet) && !this.#taken.has(formatIp(ip))
    const old = before === undefined ? undefined : parseIp(before)
    let found = old !== undefined && isFree(old) ? old : addressAt(subnet, BigInt(value) - four.value)
    for (let step = 0; step < MAX_STEPS && !isFree(found); step += 1) found = { ...found, value: found.value + FURTHER }
    const text = formatIp(found)
    this.#taken.set(text, 'this lab')
    return text
  }
}

const FURTHER = 0x1_0000n
const MAX_STEPS = 1000

const ipv4Of = (value: number): string => formatIp({ bits: 32, value: BigInt(value) })
