import { createHash } from 'node:crypto'
import type { EndpointKey, LabName, NodeName, SegmentId } from '#core/model/ids.ts'

/** Docker label and OVS `external_ids` key that everything of ours carries. */
export const MARK_KEY = 'skein'

/** The OVS bridge of a host, and the value its mark has. */
export const BRIDGE_NAME = 'skein0'
export const BRIDGE_MARK = 'bridge'

/** WireGuard interfaces: the name itself is the mark. */
export const WG_INTERFACE_NAME = 'skw0'
const WG_INTERFACE = /^skw[0-9]{1,12}$/

/** Kernel names hold 15 bytes (IFNAMSIZ - 1): 3 of prefix and 48 bits of hash, so 10 000 names collide once in 10^6 hosts. */
const deviceName = (prefix: 'skn' | 'skv', lab: LabName, of: string): string =>
  prefix + createHash('sha256').update(`${lab}/${of}`).digest('hex').slice(0, 12)

/** Kernel name of the host end of a lab node's interface. */
export const nicDevice = (lab: LabName, endpoint: EndpointKey): string => deviceName('skn', lab, endpoint)

/** Kernel name of the VXLAN device of a segment. */
export const vtepDevice = (lab: LabName, segment: SegmentId): string => deviceName('skv', lab, segment)

/** True for names only our WireGuard interfaces have. */
export const isWgInterface = (name: string): boolean => WG_INTERFACE.test(name)

/** The prefix that asks for `<lab>-<node>`. */
const LAB_NAME_ONLY = '__lab-name'

/** `<prefix>-<lab>-<node>` as containerlab names containers; `<lab>-<node>` for `__lab-name`, the node alone for an empty prefix. */
export const containerName = (prefix: string, lab: LabName, node: NodeName): string =>
  [...(prefix === '' ? [] : prefix === LAB_NAME_ONLY ? [lab] : [prefix, lab]), node].join('-')

const DEVICE = /^sk[nv][0-9a-f]{12}$/

/** True for names only devices of ours have: WireGuard interfaces, host ends of nics, vteps, and the bridge's own. */
export const isOwnDevice = (name: string): boolean => name === BRIDGE_NAME || DEVICE.test(name) || isWgInterface(name)

/** What an interface alias says about its device. `of` is an endpoint key for a nic, a segment id for a vtep. */
export interface DeviceMark {
  readonly kind: 'nic' | 'vtep'
  readonly lab: LabName
  readonly of: string
}

/** The kernel takes this many bytes of alias (IFALIASZ - 1) and refuses more. */
export const MAX_ALIAS_BYTES = 255

/** `skein:<kind>:<lab>:<endpoint or segment>`; the alias (`ip link set alias`) of a nic's host end or a vtep. */
export const encodeAlias = (mark: DeviceMark): string => `${MARK_KEY}:${mark.kind}:${mark.lab}:${mark.of}`

/** Reads an interface alias; undefined means: not ours. */
export const decodeAlias = (alias: string | undefined): DeviceMark | undefined => {
  const [, kind, lab, of] = /^skein:(nic|vtep):([A-Za-z0-9_-]+):(.+)$/.exec(alias ?? '') ?? []
  if (lab === undefined || of === undefined) return undefined
  if (kind === 'nic' && of.includes(':')) return { kind, lab: lab as LabName, of }
  return kind === 'vtep' ? { kind, lab: lab as LabName, of } : undefined
}

/** The lab node of an endpoint key: what stands before its first colon. */
export const nodeOf = (endpoint: EndpointKey): NodeName => endpoint.slice(0, endpoint.indexOf(':')) as NodeName
