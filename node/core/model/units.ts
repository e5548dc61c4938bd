/** What most underlays carry: Ethernet's payload, IEEE 802.3. */
const UNDERLAY_MTU_BYTES = 1500

/** WireGuard around a packet: outer IPv6 40 + UDP 8 + message header 16 + tag 16; the smaller outer IPv4 fits as well. */
const WIREGUARD_OVERHEAD_BYTES = 80

/** Packets inside the WireGuard mesh, 1420: also the default of wg-quick(8). */
export const WIREGUARD_MTU_BYTES = UNDERLAY_MTU_BYTES - WIREGUARD_OVERHEAD_BYTES

/** VXLAN around an inner packet over IPv4: IPv4 20 + UDP 8 + VXLAN 8 + inner Ethernet 14, RFC 7348 §5. */
const VXLAN_OVERHEAD_BYTES = 50

/** What a link across hosts carries without fragments, 1370. */
export const OVERLAY_MTU_BYTES = WIREGUARD_MTU_BYTES - VXLAN_OVERHEAD_BYTES

/** A link with all ends on one host and no `mtu` asked for: containerlab's default for a veth. */
export const LOCAL_MTU_BYTES = 9500

/** Least an IPv4 link must carry, RFC 791 §3.1, and the most an IPv4 packet can say. */
export const MTU_RANGE_BYTES = [68, 65_535] as const

/** Prefix of the overlay network; every host has one address of it. */
export const OVERLAY_PREFIX_BITS = 16

/** UDP port of our VXLAN devices: not 4789, which other users of the kernel's VXLAN already hold. */
export const VXLAN_PORT = 14_789

/** Bytes of one MiB. */
export const MIB_BYTES = 1_048_576
