import type { Role } from '../model/access.ts'
import type { ErrorCode } from '../model/errors.ts'
import {
  type EndpointKey,
  type HostId,
  type HostName,
  type LabName,
  type NodeName,
  OWNER_NAME,
  type SegmentId,
} from '../model/ids.ts'
import type { Assignment, HostRole, NodeRequest } from '../model/lab.ts'
import { MGMT_NETWORK_NAME, type PublishedOn } from '../model/mgmt.ts'
import type { RosterEntry } from '../model/record.ts'
import {
  accessRole,
  addresses,
  apiTokenId,
  apiTokenName,
  assignment,
  cidr,
  contact,
  count,
  endpoint,
  hostId,
  hostName,
  ip,
  labName,
  MAX_ENDS,
  mtuBytes,
  nodeName,
  passwordHash,
  publishedOn,
  requests,
  role,
  segmentId,
  sha256,
  timeMs,
  tokenId,
  userName,
  version,
  wgKey,
} from './fields.ts'
import { type Check, integer, list, object, oneOf, orNull, table, text } from './shape.ts'
import { type Stamp, stamp } from './stamp.ts'
import { TEST_DECODERS, type TestCommand } from './test-commands.ts'

/** `verifier`: base64url of the ed25519 public key that proves a token; the secret is never here. */
export interface CreateToken extends Stamp {
  readonly type: 'create-token'
  readonly id: string
  readonly verifier: string
  readonly role: HostRole
  readonly uses: number
  readonly expiresAtMs: number
  readonly name?: HostName
  /** The host of that name that is lost, whose place the one that joins takes. */
  readonly replaces?: HostId
}

export interface RevokeToken extends Stamp {
  readonly type: 'revoke-token'
  readonly id: string
}

/** What a host says of itself when it joins; its role comes from the token. */
export interface JoiningHost {
  readonly id: HostId
  readonly name: HostName
  readonly role?: HostRole
  readonly addresses: readonly string[]
  readonly secondary?: readonly string[]
  readonly port: number
  readonly wgPublicKey: string
  readonly wgPort: number
}

export interface Admit extends Stamp {
  readonly type: 'admit'
  readonly tokenId: string
  readonly host: JoiningHost
}

export interface UpdateHost extends Stamp {
  readonly type: 'update-host'
  readonly id: HostId
  readonly addresses: readonly string[]
  /** Absent leaves it as it is, empty takes it away. */
  readonly secondary?: readonly string[]
  readonly port: number
  readonly wgPort: number
}

export interface RemoveHost extends Stamp {
  readonly type: 'remove-host'
  readonly id: HostId
}

/** A segment that needs numbers: the hosts that have an end of it. */
export interface SegmentDemand {
  readonly id: SegmentId
  readonly hosts: readonly HostId[]
  readonly mtuBytes: number
}

/** The leader's placement of a lab; the machine adds the numbers. `intentVersion`: see `core/record/version.ts`. */
export interface Assign extends Stamp {
  readonly type: 'assign'
  readonly lab: LabName
  readonly intentVersion: string
  readonly hosts: Readonly<Record<NodeName, HostId>>
  readonly segments: readonly SegmentDemand[]
  readonly endpoints: readonly EndpointKey[]
  readonly mgmt?: MgmtDemand
  readonly published?: readonly PublishedOn[]
  readonly requests?: Readonly<Record<NodeName, NodeRequest>>
  /** By host: only where this and what is promised to other labs there come to no more. */
  readonly limits?: Readonly<Record<HostId, RoomLimit>>
}

/** CPUs × 100 and MiB of memory; absent: as many as you like. */
export interface RoomLimit {
  readonly cpu?: number
  readonly mem?: number
}

/** A place in a management network for these nodes; what the lab does not ask for is absent. */
export interface MgmtDemand {
  readonly network: string
  readonly ipv4Subnet?: string
  readonly ipv6Subnet?: string
  readonly ipv4Gw?: string
  readonly ipv6Gw?: string
  /** Parts of the subnets that nodes get addresses of by themselves. */
  readonly ipv4Range?: string
  readonly ipv6Range?: string
  readonly mtuBytes: number
  readonly externalAccess: boolean
  readonly nodes: Readonly<Record<NodeName, { readonly ipv4?: string; readonly ipv6?: string }>>
}

/**
 * The deletion of a lab, at the version of its tombstone. `swept`: nobody wants the lab any more, yet nobody deleted it: its numbers
 * are freed, and the same version may be assigned again.
 */
export interface Release extends Stamp {
  readonly type: 'release'
  readonly lab: LabName
  readonly intentVersion: string
  readonly swept?: true
}

/** Takes over what an earlier epoch decided and this log does not have, with exactly its numbers. */
export interface Adopt extends Stamp {
  readonly type: 'adopt'
  readonly assignment: Assignment
}

/** Pools that people and programs reserve numbers of. */
export type ReservePool = 'vni' | 'mgmt' | `port/${HostId}`

/**
 * `count` numbers for `owner`; in the pool `user/<owner>` holds them. An owner that holds some of the pool already is told these;
 * then `ttlMs` sets a new end, and null leaves it as it is. `ttlMs` null at first: for ever.
 */
export interface Reserve extends Stamp {
  readonly type: 'reserve'
  readonly pool: ReservePool
  readonly owner: string
  readonly count: number
  readonly ttlMs: number | null
}

/** Gives back what `owner` reserved, in every pool. */
export interface Free extends Stamp {
  readonly type: 'free'
  readonly owner: string
}

/** Ends the leases that are due; every other command does so too, this one where none comes. */
interface Expire extends Stamp {
  readonly type: 'expire'
}

/** A drained host gets nothing new; what it has moves away where it can. */
export interface DrainHost extends Stamp {
  readonly type: 'drain-host'
  readonly id: HostId
  readonly drained: boolean
}

/** Makes a person, or changes one; what is absent stays. `password`: PHC string of argon2id, never the password. */
export interface UserSet extends Stamp {
  readonly type: 'user-set'
  readonly name: string
  readonly role?: Role
  readonly password?: string
}

export interface UserRemove extends Stamp {
  readonly type: 'user-remove'
  readonly name: string
}

/** Spends the code of the bootstrap and makes the first admin. `code`: its SHA-256, hex. */
export interface FirstLogin extends Stamp {
  readonly type: 'first-login'
  readonly code: string
  readonly name: string
  readonly password: string
}

/** `sha256`: of the whole API token, hex; its secret is never here. */
export interface ApiTokenCreate extends Stamp {
  readonly type: 'api-token-create'
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly sha256: string
  readonly expiresAtMs: number
}

export interface ApiTokenRevoke extends Stamp {
  readonly type: 'api-token-revoke'
  readonly id: string
}

/** One entry of the replicated log. JSON. */
export type Command =
  | CreateToken
  | RevokeToken
  | Admit
  | UpdateHost
  | RemoveHost
  | DrainHost
  | Assign
  | Release
  | Adopt
  | Reserve
  | Free
  | Expire
  | UserSet
  | UserRemove
  | FirstLogin
  | ApiTokenCreate
  | ApiTokenRevoke
  | TestCommand

/** Small on purpose, since answers are kept: an assignment is read from the state. `index`: of the assignment, null where there is none. */
export type CommandValue =
  | { readonly type: 'token'; readonly id: string }
  | { readonly type: 'host'; readonly host: RosterEntry }
  | { readonly type: 'lab'; readonly lab: LabName; readonly index: number | null }
  | { readonly type: 'numbers'; readonly owner: string; readonly pool: ReservePool; readonly values: readonly number[] }
  /** `owner` is empty and `count` of all owners where leases ended. */
  | { readonly type: 'freed'; readonly owner: string; readonly count: number }
  /** A person or an API token, by name or id. */
  | { readonly type: 'access'; readonly name: string }
  /** The first of the numbers taken; the others follow it. */
  | { readonly type: 'number'; readonly first: number }
  /** What a test holds: `port` of its server's host where it asked for one. */
  | { readonly type: 'test'; readonly test: number; readonly port: number | null }

/** What a command came to. JSON. */
export type CommandResult =
  | { readonly ok: true; readonly value: CommandValue }
  | {
      readonly ok: false
      readonly code: ErrorCode
      readonly message: string
      readonly details: Readonly<Record<string, unknown>>
    }

/** Numbers one owner may hold of one pool. */
const MAX_RESERVED = 64

const owner = text(OWNER_NAME)

const mgmtDemand: Check<MgmtDemand> = object(
  {
    network: text(MGMT_NETWORK_NAME),
    mtuBytes,
    externalAccess: oneOf(true, false),
    nodes: table(nodeName, object({}, { ipv4: ip, ipv6: ip }), MAX_ENDS),
  },
  { ipv4Subnet: cidr, ipv6Subnet: cidr, ipv4Gw: ip, ipv6Gw: ip, ipv4Range: cidr, ipv6Range: cidr },
)

const DECODERS: Readonly<Record<Command['type'], Check<Command>>> = {
  'create-token': object(
    {
      ...stamp,
      type: oneOf('create-token'),
      id: tokenId,
      verifier: tokenId,
      role,
      uses: integer(1, 10_000),
      expiresAtMs: timeMs,
    },
    { name: hostName, replaces: hostId },
  ),
  'revoke-token': object({ ...stamp, type: oneOf('revoke-token'), id: tokenId }),
  admit: object({
    ...stamp,
    type: oneOf('admit'),
    tokenId,
    host: object({ ...contact, id: hostId, name: hostName, wgPublicKey: wgKey }, { role, secondary: addresses }),
  }),
  'update-host': object({ ...stamp, ...contact, type: oneOf('update-host'), id: hostId }, { secondary: addresses }),
  'remove-host': object({ ...stamp, type: oneOf('remove-host'), id: hostId }),
  assign: object(
    {
      ...stamp,
      type: oneOf('assign'),
      lab: labName,
      intentVersion: version,
      hosts: table(nodeName, hostId, MAX_ENDS),
      segments: list(object({ id: segmentId, hosts: list(hostId, 1000), mtuBytes }), MAX_ENDS),
      endpoints: list(endpoint, MAX_ENDS),
    },
    {
      mgmt: mgmtDemand,
      published: publishedOn,
      requests,
      limits: table(hostId, object({}, { cpu: count, mem: count }), 1000),
    },
  ),
  release: object(
    { ...stamp, type: oneOf('release'), lab: labName, intentVersion: version },
    { swept: oneOf<true>(true) },
  ),
  adopt: object({ ...stamp, type: oneOf('adopt'), assignment }),
  reserve: object({
    ...stamp,
    type: oneOf('reserve'),
    pool: text<ReservePool>(/^(?:vni|mgmt|port\/[A-Za-z0-9]{1,80})$/),
    owner,
    count: integer(1, MAX_RESERVED),
    ttlMs: orNull(integer(1, Number.MAX_SAFE_INTEGER)),
  }),
  free: object({ ...stamp, type: oneOf('free'), owner }),
  expire: object({ ...stamp, type: oneOf('expire') }),
  'drain-host': object({ ...stamp, type: oneOf('drain-host'), id: hostId, drained: oneOf(true, false) }),
  'user-set': object(
    { ...stamp, type: oneOf('user-set'), name: userName },
    { role: accessRole, password: passwordHash },
  ),
  'user-remove': object({ ...stamp, type: oneOf('user-remove'), name: userName }),
  'first-login': object({
    ...stamp,
    type: oneOf('first-login'),
    code: sha256,
    name: userName,
    password: passwordHash,
  }),
  'api-token-create': object({
    ...stamp,
    type: oneOf('api-token-create'),
    id: apiTokenId,
    name: apiTokenName,
    role: accessRole,
    sha256,
    expiresAtMs: timeMs,
  }),
  'api-token-revoke': object({ ...stamp, type: oneOf('api-token-revoke'), id: apiTokenId }),
  ...TEST_DECODERS,
}

/** A command as it came from another host; undefined where it is none. Fields nobody knows are dropped. */
export function decodeCommand(value: unknown): Command | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined
  const type = oneOf(...COMMAND_TYPES)(value.type)
  return type === undefined ? undefined : DECODERS[type](value)
}

const COMMAND_TYPES = Object.keys(DECODERS) as readonly Command['type'][]
