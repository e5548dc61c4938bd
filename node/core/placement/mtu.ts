import type { HostId, LinkId } from '../model/ids.ts'
import type { Assignment, LabIntent } from '../model/lab.ts'
import { own } from '../model/own.ts'
import { LOCAL_MTU_BYTES, overlayMtuBytes, UNDERLAY_MTU_BYTES } from '../model/units.ts'

/** What the network of a host carries, in bytes, as that host told; undefined where it told nothing. */
export type UnderlayMtu = (host: HostId) => number | undefined

/** Nobody told anything. */
export const UNTOLD: UnderlayMtu = () => undefined

/**
 * The largest packet of a lab that the way between these hosts carries whole, inside WireGuard and VXLAN: what the smallest of their
 * networks leaves, {@link UNDERLAY_MTU_BYTES} where a host told nothing. Never more than {@link LOCAL_MTU_BYTES}, which is also what one host
 * alone gives.
 */
export function pathMtuBytes(hosts: readonly HostId[], underlay: UnderlayMtu): number {
  if (hosts.length < 2) return LOCAL_MTU_BYTES
  const least = Math.min(...hosts.map((host) => underlay(host) ?? UNDERLAY_MTU_BYTES))
  return Math.min(LOCAL_MTU_BYTES, overlayMtuBytes(least))
}

/**
 * The MTU of a segment that asks for none: what containerlab gives every link, wherever its ends are, so that labs which put headers of their
 * own around full packets work. Larger packets than the way carries whole go in pieces; unless the lab is strict.
 */
export const unaskedMtuBytes = (
  hosts: readonly HostId[],
  { strictMtu }: Pick<LabIntent, 'strictMtu'>,
  underlay: UnderlayMtu,
): number => (strictMtu === true ? pathMtuBytes(hosts, underlay) : LOCAL_MTU_BYTES)

/** A link that may carry larger packets than its way does whole. */
export interface LargeLink {
  readonly link: LinkId
  /** Because the file says so. */
  readonly isAsked: boolean
  readonly mtuBytes: number
  readonly pathBytes: number
  readonly hosts: readonly HostId[]
}

/** All links of a lab whose larger packets go in pieces, given what its segments were assigned. */
export const largeLinks = (
  { links, segments: wished }: Pick<LabIntent, 'links' | 'segments'>,
  segments: Assignment['segments'],
  underlay: UnderlayMtu,
): readonly LargeLink[] =>
  links.flatMap(({ id, segment, mtuBytes }) => {
    const isAsked = (mtuBytes ?? wished.find((one) => one.id === segment)?.mtuBytes) !== undefined
    const given = own(segments, segment)
    const hosts = Object.keys(given?.vlans ?? {}) as HostId[]
    if (given === undefined || hosts.length < 2) return []
    const pathBytes = pathMtuBytes(hosts, underlay)
    return given.mtuBytes > pathBytes ? [{ link: id, isAsked, mtuBytes: given.mtuBytes, pathBytes, hosts }] : []
  })

/**
 * For people: a line for each link whose file asks for it, such as `r1:eth1--r2:eth1: packets over 1370 of its 9000 bytes go in pieces between
 * a and b`, and one for all others together.
 */
export function largeLinkNotes(large: readonly LargeLink[], nameOf: (host: HostId) => string): readonly string[] {
  const others = large.filter(({ isAsked }) => !isAsked)
  const least = Math.min(...others.map(({ pathBytes }) => pathBytes))
  return [
    ...large.filter(({ isAsked }) => isAsked).map((one) => askedNote(one, nameOf)),
    ...(others.length === 0 ? [] : [othersNote(least, others.length)]),
  ]
}

const askedNote = ({ link, mtuBytes, pathBytes, hosts }: LargeLink, nameOf: (host: HostId) => string): string => {
  const names = hosts.map(nameOf).sort()
  return `${link}: packets over ${pathBytes} of its ${mtuBytes} bytes go in pieces between ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

const othersNote = (least: number, count: number): string =>
  `packets over ${least} bytes go in pieces between hosts, on ${count} ${count === 1 ? 'link' : 'links'}; --strict-mtu gives them that MTU`
