import { createHash } from 'node:crypto'
import type { EndpointKey, LabName, NodeName, SegmentId } from '#core/model/ids.ts'
import { MGMT_LAB } from '#core/model/mgmt.ts'
import type { InnerForm } from '#core/model/nic-form.ts'

/** Docker label and OVS `external_ids` key that everything of ours carries. */
export const MARK_KEY = 'skein'

/** The OVS bridge of a host, and the value its mark has. */
export const BRIDGE_NAME = 'skein0'
export const BRIDGE_MARK = 'bridge'

/** WireGuard interfaces: the name itself is the mark. */
export const WG_INTERFACE_NAME = 'skw0'
const WG_INTERFACE = /^skw[0-9]{1,12}$/

/** Kernel names hold 15 bytes (IFNAMSIZ - 1): 3 of prefix and 48 bits of hash, so 10 000 names collide once in 10^6 hosts. */
const deviceName = (prefix: 'skn' | 'skv' | 'skj' | 'skg', lab: LabName, of: string): string =>
  prefix + digest(`${lab}/${of}`)

/** Names are asked for again at each look at a host or a lab: to hash them anew took a third of the time a view of a lab takes. */
const digests = new Map<string, string>()
const MAX_DIGESTS = 50_000

function digest(text: string): string {
  const known = digests.get(text)
  if (known !== undefined) return known
  const made = createHash('sha256').update(text).digest('hex').slice(0, 12)
  if (digests.size >= MAX_DIGESTS) digests.clear()
  digests.set(text, made)
  return made
}

/** Kernel name of the host end of a lab node's interface. */
export const nicDevice = (lab: LabName, endpoint: EndpointKey): string => deviceName('skn', lab, endpoint)

/** Kernel name of the VXLAN device of a segment. */
export const vtepDevice = (lab: LabName, segment: SegmentId): string => deviceName('skv', lab, segment)

/** Kernel name of the far end of a cable that joins a bridge the host has already. */
export const joinDevice = (lab: LabName, bridge: string): string => deviceName('skj', lab, bridge)

/** Kernel name of this host's end of a management network. */
export const mgmtDevice = (network: string): string => deviceName('skg', MGMT_LAB as LabName, network)

/** All of those, as nft(8) writes the beginning of names. */
export const MGMT_DEVICES = 'skg*'

/** True for names only our WireGuard interfaces have. */
export const isWgInterface = (name: string): boolean => WG_INTERFACE.test(name)

const DEVICE = /^sk[gnjv][0-9a-f]{12}$/

/** True for names only devices of ours have: WireGuard interfaces, host ends of nics, vteps, and the bridge's own. */
export const isOwnDevice = (name: string): boolean => name === BRIDGE_NAME || DEVICE.test(name) || isWgInterface(name)

/**
 * What an interface alias says about its device. `of` is an endpoint key, or a segment id for a vtep. `host` is the near and `far` the
 * other end of a pair that lies in the host's namespace alone, `inner` a device in a workload that is no pair.
 */
export type DeviceMark =
  | { readonly kind: 'nic' | 'vtep' | 'host' | 'far'; readonly lab: LabName; readonly of: string }
  | { readonly kind: 'inner'; readonly lab: LabName; readonly of: string; readonly form: InnerForm }

/** The kernel takes this many bytes of alias (IFALIASZ - 1) and refuses more. */
export const MAX_ALIAS_BYTES = 255

/** `skein:<kind>:<lab>:<endpoint or segment>`, of an inner device with `:<form>` behind; the alias (`ip link set alias`) of a device of ours. */
export const encodeAlias = (mark: DeviceMark): string =>
  [MARK_KEY, mark.kind, mark.lab, mark.of, ...(mark.kind === 'inner' ? [formText(mark.form)] : [])].join(':')

const formText = (form: InnerForm): string => `${form.type}/${form.mode}/${form.parent}`

/** Reads an interface alias; undefined means: not ours. */
export const decodeAlias = (alias: string | undefined): DeviceMark | undefined => {
  const [, kind, lab, of] = /^skein:([a-z]+):([A-Za-z0-9._-]+):(.+)$/.exec(alias ?? '') ?? []
  if (lab === undefined || of === undefined) return undefined
  if (kind === 'vtep') return { kind, lab: lab as LabName, of }
  if (kind === 'inner') return decodeInner(lab as LabName, of)
  if (kind !== 'nic' && kind !== 'host' && kind !== 'far') return undefined
  return of.includes(':') ? { kind, lab: lab as LabName, of } : undefined
}

const decodeInner = (lab: LabName, text: string): DeviceMark | undefined => {
  const [, of, type, mode, parent] = /^([^:]+:[^:]+):(macvlan)\/([a-z]+)\/(.+)$/.exec(text) ?? []
  return of !== undefined && type === 'macvlan' && mode !== undefined && parent !== undefined
    ? { kind: 'inner', lab, of, form: { type, mode, parent } }
    : undefined
}

/** The lab node of an endpoint key: what stands before its first colon. */
export const nodeOf = (endpoint: EndpointKey): NodeName => endpoint.slice(0, endpoint.indexOf(':')) as NodeName
