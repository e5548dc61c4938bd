import {
  addressAt,
  formatIp,
  formatNetwork,
  isIn,
  type Network,
  overlaps,
  parseIp,
  parseNetwork,
  sizeOf,
} from '../allocation/ip.ts'
import type { LabName } from '../model/ids.ts'
import { MGMT_DEFAULTS, type MgmtAssignment } from '../model/mgmt.ts'
import type { MgmtDemand } from './lab-commands.ts'
import type { Refusal, State } from './state.ts'

/** What all labs in a management network tell of it. */
export type MgmtSettings = Pick<
  MgmtAssignment,
  'network' | 'ipv4Subnet' | 'ipv4Gw' | 'ipv6Subnet' | 'ipv6Gw' | 'externalAccess' | 'mtuBytes'
>

/** What other labs have, by lab. */
export type Others = readonly (readonly [LabName, MgmtAssignment])[]

/** Why a lab cannot have what it asks of a management network. */
export const mgmtRefusal = (
  lab: LabName,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): Refusal => ({
  code: 'MGMT_CONFLICT',
  message: `Lab ${lab}: ${message}`,
  details: { lab, ...details },
})

interface Asking {
  readonly lab: LabName
  readonly demand: MgmtDemand
  readonly others: Others
  /** What the lab has now. */
  readonly held: MgmtAssignment | undefined
}

/**
 * The network a lab asks for. One that is there is used as it is; its subnets may be left out or said again. A subnet nobody chose is the
 * mesh's own, or the next after it that shares no address with another network.
 */
export function settingsOf(state: State, { lab, demand, others, held }: Asking): MgmtSettings | Refusal {
  const { network } = demand
  const [first] = others.filter(([, { network: other }]) => other === network)
  if (first !== undefined) return joined(first, lab, demand)
  const same = held?.network === network ? held : undefined
  const inUse = usedBy(state, others)
  const hasIpv6 = demand.ipv6Subnet !== undefined || demand.ipv4Subnet === undefined
  const kept = { ipv4: demand.ipv4Subnet ?? same?.ipv4Subnet, ipv6: demand.ipv6Subnet ?? same?.ipv6Subnet }
  const ipv4 = subnetOf(kept.ipv4, state.config.mgmtCidr, inUse)
  const ipv6 = hasIpv6 ? subnetOf(kept.ipv6, MGMT_DEFAULTS.ipv6Subnet, inUse) : undefined
  if (typeof ipv4 === 'string') return mgmtRefusal(lab, ipv4, { network })
  if (typeof ipv6 === 'string') return mgmtRefusal(lab, ipv6, { network })
  const mtu = { externalAccess: demand.externalAccess, mtuBytes: demand.mtuBytes }
  return {
    network,
    ipv4Subnet: formatNetwork(ipv4),
    ipv4Gw: gatewayOf(ipv4, demand.ipv4Gw),
    ...(ipv6 === undefined ? {} : { ipv6Subnet: formatNetwork(ipv6), ipv6Gw: gatewayOf(ipv6, demand.ipv6Gw) }),
    ...mtu,
  }
}

function joined([owner, there]: Others[number], lab: LabName, demand: MgmtDemand): MgmtSettings | Refusal {
  const differing = (['ipv4Subnet', 'ipv6Subnet', 'ipv4Gw', 'ipv6Gw'] as const).find(
    (key) => demand[key] !== undefined && plain(demand[key]) !== plain(there[key] ?? ''),
  )
  if (differing !== undefined)
    return mgmtRefusal(
      lab,
      `it asks for ${demand[differing]} in the management network ${there.network}, which lab ${owner} has made with ${there[differing] ?? 'no IPv6'}. Ask for the same, or for another network.`,
      { network: there.network, holder: owner },
    )
  const { network, ipv4Subnet, ipv4Gw, ipv6Subnet, ipv6Gw, externalAccess } = there
  const six = { ...(ipv6Subnet === undefined ? {} : { ipv6Subnet }), ...(ipv6Gw === undefined ? {} : { ipv6Gw }) }
  return { network, ipv4Subnet, ipv4Gw, ...six, externalAccess, mtuBytes: Math.min(there.mtuBytes, demand.mtuBytes) }
}

const plain = (text: string): string => {
  const network = parseNetwork(text)
  const ip = parseIp(text)
  if (network !== undefined) return formatNetwork(network)
  return ip === undefined ? text : formatIp(ip)
}

/** A network that is in use, and for what. */
type Used = readonly [Network, string]

function usedBy(state: State, others: Others): readonly Used[] {
  const ofLabs = others.flatMap(([lab, { network, ipv4Subnet, ipv6Subnet }]) =>
    [ipv4Subnet, ipv6Subnet].map((cidr) => [cidr, `the management network ${network} of lab ${lab}`] as const),
  )
  const ofHosts = Object.values(state.roster)
    .filter((host) => host.state === 'admitted')
    .flatMap(({ name, addresses, secondary = [] }) =>
      [...addresses, ...secondary].map((ip) => [`${ip}/${ip.includes(':') ? 128 : 32}`, `host ${name}`] as const),
    )
  const overlay = [state.config.overlayCidr, 'the network between the hosts'] as const
  return [...ofLabs, overlay, ...ofHosts].flatMap(([cidr, what]) => {
    const network = cidr === undefined ? undefined : parseNetwork(cidr)
    return network === undefined ? [] : [[network, what] as const]
  })
}

const MAX_TRIES = 256

/** The subnet asked for, or the first free one from `usual` on; why not, in words. */
function subnetOf(asked: string | undefined, usual: string, used: readonly Used[]): Network | string {
  const holder = (network: Network): Used | undefined => used.find(([other]) => overlaps(network, other))
  const wanted = parseNetwork(asked ?? usual)
  if (wanted === undefined) return `${asked ?? usual} is no network.`
  const held = holder(wanted)
  if (held === undefined) return wanted
  if (asked !== undefined)
    return `the subnet ${asked} shares addresses with ${held[1]} (${formatNetwork(held[0])}). Ask for another one, or share that network by its name.`
  for (let step = 1n; step <= MAX_TRIES; step += 1n) {
    const next: Network = { ...wanted, value: wanted.value + step * sizeOf(wanted) }
    if (next.value + sizeOf(next) > 1n << BigInt(next.bits)) break
    if (holder(next) === undefined) return next
  }
  return `no free subnet was found from ${usual} on; write one in the lab file.`
}

const gatewayOf = (subnet: Network, asked: string | undefined): string => {
  const ip = asked === undefined ? undefined : parseIp(asked)
  return formatIp(ip !== undefined && isIn(ip, subnet) ? ip : addressAt(subnet, 1n))
}
