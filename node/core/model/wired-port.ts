import type { VlanTag } from './ids.ts'

/**
 * OpenFlow numbers of wired ports begin here: far above those that Open vSwitch counts up by itself, from 1, and with all VLAN tags
 * below its highest, 65,279 (ovs-vswitchd.conf.db(5), `ofport_request`).
 */
const FIRST = 32_768

/** Which of the two ends of a wire. */
export type Side = 0 | 1

/** The OpenFlow number of a port of the segment with this tag on this host; `side`: the end of the link that it leads to. */
export const wiredPort = (vlan: VlanTag, side: Side): number => FIRST + 2 * vlan + side

/** Whose port it is; undefined for numbers that no wired port has. */
export const wiredEnd = (number: number): { readonly vlan: VlanTag; readonly side: Side } | undefined => {
  const vlan = Math.floor((number - FIRST) / 2)
  if (!Number.isInteger(number) || vlan < 1 || vlan > 4094) return undefined
  return { vlan: vlan as VlanTag, side: (number - FIRST) % 2 === 0 ? 0 : 1 }
}
