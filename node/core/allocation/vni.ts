import type { VlanTag, Vni } from '../model/ids.ts'

/** 24-bit VXLAN network identifiers, RFC 7348 §5; the low ones are left to what people configure by hand. */
export const VNI_RANGE = [4096, 16_777_215] as const

/** VLAN tags of one host's bridge: 0 and 4095 are reserved, IEEE 802.1Q. */
export const VLAN_RANGE = [1, 4094] as const

/** A number from the `vni` pool. */
export const toVni = (value: number): Vni => value as Vni

/** A number from a `vlan/…` pool. */
export const toVlanTag = (value: number): VlanTag => value as VlanTag
