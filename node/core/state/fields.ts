import {
  API_TOKEN_ID,
  API_TOKEN_NAME,
  type ApiTokenEntry,
  ROLES,
  type Role,
  USER_NAME,
  type UserEntry,
} from '../model/access.ts'
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
import type { Assignment, HostRole, NodeRequest } from '../model/lab.ts'
import { MGMT_NETWORK_NAME, type MgmtAssignment, type PublishedOn } from '../model/mgmt.ts'
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
/** IP addresses of a host, best first. */
export const addresses = list(text(/^[0-9A-Fa-f:.]{2,45}$/), 16)

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
  { drained: oneOf<true>(true), secondary: knownAddresses },
)

const segment = object({
  vni: orNull((value) => integer(1, 16_777_215)(value) as Vni | undefined),
  vlans: table(hostId, (value) => integer(1, 4094)(value) as VlanTag | undefined, 1000),
  mtuBytes,
})

/** An address, and a network; what is read of them is checked where they are used. */
export const ip = text(/^[0-9A-Fa-f:.]{2,45}$/)
export const cidr = text(/^[0-9A-Fa-f:.]{2,45}\/\d{1,3}$/)

/** Ports of hosts that lead to lab nodes. */
export const publishedOn: Check<readonly PublishedOn[]> = list(
  object({ node: nodeName, host: hostId, hostPort: port, containerPort: port, protocol: oneOf('tcp', 'udp') }),
  MAX_ENDS,
)

/** What nodes are promised. */
export const requests: Check<Readonly<Record<NodeName, NodeRequest>>> = table(
  nodeName,
  object({}, { cpu: count, mem: count }),
  MAX_ENDS,
)

const vlanTag: Check<VlanTag> = (value) => integer(1, 4094)(value) as VlanTag | undefined
const vniOf: Check<Vni> = (value) => integer(1, 16_777_215)(value) as Vni | undefined

const mgmt: Check<MgmtAssignment> = object(
  {
    network: text(MGMT_NETWORK_NAME),
    vni: vniOf,
    ipv4Subnet: cidr,
    ipv4Gw: ip,
    mtuBytes,
    externalAccess: oneOf(true, false),
    hosts: table(hostId, object({ ipv4: ip, vlan: vlanTag }, { ipv6: ip }), 1000),
    nodes: table(nodeName, object({ ipv4: ip }, { ipv6: ip }), MAX_ENDS),
  },
  { ipv6Subnet: cidr, ipv6Gw: ip },
)

/** What an earlier decision gave a lab. */
export const assignment: Check<Assignment> = object(
  {
    lab: labName,
    intentVersion: version,
    hosts: table(nodeName, hostId, MAX_ENDS),
    segments: table(segmentId, segment, MAX_ENDS),
    macs: table(endpoint, text(/^aa:c1:ab(:[0-9a-f]{2}){3}$/), MAX_ENDS),
    epoch: count,
    term: count,
    index: count,
  },
  { mgmt, published: publishedOn, requests },
)

/** What a person logs in with, and what an API token is called. */
export const userName = text(USER_NAME)
export const apiTokenName = text(API_TOKEN_NAME)
export const apiTokenId = text(API_TOKEN_ID)
/** What somebody may do. */
export const accessRole = oneOf<Role>(...ROLES)
/** PHC string of argon2id, as `identity/password.ts` writes it. */
export const passwordHash = text(
  /^\$argon2id\$v=19\$m=\d{1,8},t=\d{1,3},p=\d{1,2}\$[A-Za-z0-9+/]{16,128}\$[A-Za-z0-9+/]{16,128}$/,
)
/** Hex. */
export const sha256 = text(/^[0-9a-f]{64}$/)

/** One person. */
export const userEntry: Check<UserEntry> = object({
  name: userName,
  role: accessRole,
  password: passwordHash,
  version: text(/^\d{1,16}\.\d{1,16}$/),
})

/** One API token. */
export const apiTokenEntry: Check<ApiTokenEntry> = object({
  id: apiTokenId,
  name: apiTokenName,
  role: accessRole,
  sha256,
  createdAtMs: timeMs,
  expiresAtMs: timeMs,
})
