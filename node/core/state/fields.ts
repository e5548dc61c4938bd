import {
  type EndpointKey,
  HOST_NAME,
  type HostId,
  type HostName,
  LAB_NAME,
  type LabName,
  NODE_NAME,
  type NodeName,
  type SegmentId,
  type VlanTag,
  type Vni,
} from '../model/ids.ts'
import type { Assignment, HostRole } from '../model/lab.ts'
import type { RosterEntry } from '../model/record.ts'
import { MTU_RANGE_BYTES } from '../model/units.ts'
import { parseIntentVersion } from '../record/version.ts'
import { type Check, integer, list, object, oneOf, orNull, table, text } from './shape.ts'

// Checks of single fields, shared by commands and snapshots.

/** A libp2p peer id. */
export const hostId = text<HostId>(/^[A-Za-z0-9]{1,80}$/)
/** What people call a host. */
export const hostName = text<HostName>(HOST_NAME)
/** What people call a lab. */
export const labName = text<LabName>(LAB_NAME)
/** What a lab calls a node. */
export const nodeName = text<NodeName>(NODE_NAME)
/** What a host is in the mesh. */
export const role = oneOf<HostRole>('core', 'worker', 'gateway')
/** Of a join token, and the key that proves it: base64url. */
export const tokenId = text(/^[A-Za-z0-9_-]{1,64}$/)
/** A whole number from 0 on. */
export const count = integer(0, Number.MAX_SAFE_INTEGER)
/** Milliseconds since 1970. */
export const timeMs = integer(0, Number.MAX_SAFE_INTEGER)
/** base64 of a WireGuard public key. */
export const wgKey = text(/^[A-Za-z0-9+/]{1,64}={0,2}$/)

const port = integer(1, 65_535)
const addresses = list(text(/^[0-9A-Fa-f:.]{2,45}$/), 16)

/** An interface name as Linux takes it: no slash, colon or space, 15 bytes. */
export const endpoint = text<EndpointKey>(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}:[^\s/:]{1,15}$/)
/** The layer-2 domain of a link. */
export const segmentId = text<SegmentId>(/^[^\s/]{1,4096}$/)
/** What a link carries. */
export const mtuBytes = integer(...MTU_RANGE_BYTES)
/** Ends and segments of one lab, at most. */
export const MAX_ENDS = 20_000

/** `generation.clock.author`, see `core/record/version.ts`. */
export const version: Check<string> = (value) =>
  typeof value === 'string' && parseIntentVersion(value) !== undefined ? value : undefined

/** Where a host is reached. */
export const contact = { addresses, port, wgPort: port }

const ipv4 = text(/^\d{1,3}(\.\d{1,3}){3}$/)

/** Of a host that is in already, whatever it told: its addresses are not judged again. */
const knownAddresses = list(text(/^[^\s]{1,64}$/), 1000)

/** One row of the roster. */
export const rosterEntry: Check<RosterEntry> = object(
  {
    id: hostId,
    name: hostName,
    role,
    addresses: knownAddresses,
    port,
    wgPort: port,
    wgPublicKey: wgKey,
    overlayAddress: ipv4,
    state: oneOf('admitted', 'removed'),
  },
  { drained: oneOf<true>(true) },
)

const segment = object({
  vni: orNull((value) => integer(1, 16_777_215)(value) as Vni | undefined),
  vlans: table(hostId, (value) => integer(1, 4094)(value) as VlanTag | undefined, 1000),
  mtuBytes,
})

/** What an earlier decision gave a lab. */
export const assignment: Check<Assignment> = object({
  lab: labName,
  intentVersion: version,
  hosts: table(nodeName, hostId, MAX_ENDS),
  segments: table(segmentId, segment, MAX_ENDS),
  macs: table(endpoint, text(/^aa:c1:ab(:[0-9a-f]{2}){3}$/), MAX_ENDS),
  epoch: count,
  term: count,
  index: count,
})
