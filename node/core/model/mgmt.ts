import type { HostId, NodeName, VlanTag, Vni } from './ids.ts'

/** Where the addresses of a management network come from; absent: not asked for. */
export interface MgmtSubnets {
  /** With prefix length, no host bits set. */
  readonly ipv4Subnet?: string
  readonly ipv6Subnet?: string
  readonly ipv4Gw?: string
  readonly ipv6Gw?: string
  /** Part of the subnet that nodes get addresses of by themselves. */
  readonly ipv4Range?: string
  readonly ipv6Range?: string
}

/**
 * What a lab file says of its management network. As in containerlab, a file that gives an IPv4 subnet and no IPv6 one has no IPv6 there
 * (`core/mgmt_network.go`); one that gives neither has both.
 */
export interface MgmtWish extends MgmtSubnets {
  readonly network?: string
  readonly mtuBytes?: number
  /** False where nodes may not reach out through their host. */
  readonly externalAccess?: false
}

/** containerlab's: `docs/manual/network.md`, "Management network". The IPv4 subnet is the mesh's own (`mgmt` of its configuration). */
export const MGMT_DEFAULTS = { network: 'clab', ipv6Subnet: '3fff:172:20:20::/64' } as const

/** Name of a management network. */
export const MGMT_NETWORK_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/

/** The interface of a lab node that is in the management network. */
export const MGMT_INTERFACE = 'eth0'

/** In the place of a lab's name, for what belongs to no lab but to a network of several; no lab can be called so. */
export const MGMT_LAB = '_mgmt'

/** Addresses without prefix length. */
export interface MgmtAddresses {
  readonly ipv4: string
  readonly ipv6?: string
}

/** A management network as it was decided, with what one lab has in it. All labs in a network tell the same of it. */
export interface MgmtAssignment {
  readonly network: string
  readonly vni: Vni
  readonly ipv4Subnet: string
  readonly ipv4Gw: string
  /** Absent, as the gateway is, where the network has no IPv6. */
  readonly ipv6Subnet?: string
  readonly ipv6Gw?: string
  readonly mtuBytes: number
  readonly externalAccess: boolean
  /** The hosts of the lab: their tag for the network, and their own addresses in it. */
  readonly hosts: Readonly<Record<HostId, MgmtAddresses & { readonly vlan: VlanTag }>>
  readonly nodes: Readonly<Record<NodeName, MgmtAddresses>>
}

/** A port of a host that leads to a port of a lab node. */
export interface PublishedOn {
  readonly node: NodeName
  readonly host: HostId
  readonly hostPort: number
  readonly containerPort: number
  readonly protocol: 'tcp' | 'udp'
}
