/** What most underlays carry: Ethernet's payload, IEEE 802.3. */
export const UNDERLAY_MTU_BYTES = 1500

/** WireGuard around a packet: outer IPv6 40 + UDP 8 + message header 16 + tag 16; the smaller outer IPv4 fits as well. */
const WIREGUARD_OVERHEAD_BYTES = 80

/** Packets inside the WireGuard mesh over an underlay of this MTU: 1420 of 1500, also the default of wg-quick(8). */
export const wireguardMtuBytes = (underlayMtuBytes: number): number => underlayMtuBytes - WIREGUARD_OVERHEAD_BYTES

/** VXLAN around an inner packet over IPv4: IPv4 20 + UDP 8 + VXLAN 8 + inner Ethernet 14, RFC 7348 §5. */
export const VXLAN_OVERHEAD_BYTES = 50

/** What a link across hosts carries without fragments over an underlay of this MTU: 1370 of 1500. */
export const overlayMtuBytes = (underlayMtuBytes: number): number =>
  wireguardMtuBytes(underlayMtuBytes) - VXLAN_OVERHEAD_BYTES

/** Least that an underlay can have: every IPv6 link carries it, RFC 8200 §5. What says less is not believed. */
export const LEAST_UNDERLAY_MTU_BYTES = 1280

/** A link that asks for no `mtu`, and the most that one host alone is said to carry: containerlab's default for a veth. */
export const LOCAL_MTU_BYTES = 9500

/** Least an IPv4 link must carry, RFC 791 §3.1, and the most an IPv4 packet can say. */
export const MTU_RANGE_BYTES = [68, 65_535] as const

/** Prefix of the overlay network; every host has one address of it. */
export const OVERLAY_PREFIX_BITS = 16

/** UDP port of our VXLAN devices: not 4789, which other users of the kernel's VXLAN already hold. */
export const VXLAN_PORT = 14_789

/** Percent of the CPUs and the memory of a host that may be promised to lab nodes, where it says nothing else: CPUs are shared, memory is not. */
export const PROMISED_PERCENT = { cpu: 400, mem: 100 } as const

/** Bytes of one MiB. */
export const MIB_BYTES = 1_048_576
