import type { ErrorCode } from '../model/errors.ts'
import type { EndpointKey, HostId, HostName, LabName, NodeName, SegmentId } from '../model/ids.ts'
import { HOST_NAME, LAB_NAME, NODE_NAME } from '../model/ids.ts'
import type { HostRole } from '../model/lab.ts'
import type { RosterEntry } from '../model/record.ts'
import { MTU_RANGE_BYTES } from '../model/units.ts'
import { parseIntentVersion } from '../record/version.ts'
import { type Check, integer, list, object, oneOf, table, text } from './shape.ts'

/** In every command. */
interface Stamp {
  /** Chosen by who asks; a second command with the same one gets the first one's answer. */
  readonly requestId: string
  /** Wall clock of the leader that proposed it. The machine's own time never goes back. */
  readonly nowMs: number
}

/** `verifier`: base64url of the ed25519 public key that proves a token; the secret is never here. */
export interface CreateToken extends Stamp {
  readonly type: 'create-token'
  readonly id: string
  readonly verifier: string
  readonly role: HostRole
  readonly uses: number
  readonly expiresAtMs: number
  readonly name?: HostName
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
}

/** The deletion of a lab, at the version of its tombstone. */
export interface Release extends Stamp {
  readonly type: 'release'
  readonly lab: LabName
  readonly intentVersion: string
}

/** One entry of the replicated log. JSON. */
export type Command = CreateToken | RevokeToken | Admit | UpdateHost | RemoveHost | Assign | Release

/** Small on purpose, since answers are kept: an assignment is read from the state. `index`: of the assignment, null where there is none. */
export type CommandValue =
  | { readonly type: 'token'; readonly id: string }
  | { readonly type: 'host'; readonly host: RosterEntry }
  | { readonly type: 'lab'; readonly lab: LabName; readonly index: number | null }

/** What a command came to. JSON. */
export type CommandResult =
  | { readonly ok: true; readonly value: CommandValue }
  | {
      readonly ok: false
      readonly code: ErrorCode
      readonly message: string
      readonly details: Readonly<Record<string, unknown>>
    }

const hostId = text<HostId>(/^[A-Za-z0-9]{1,80}$/)
const hostName = text<HostName>(HOST_NAME)
const labName = text<LabName>(LAB_NAME)
const nodeName = text<NodeName>(NODE_NAME)
const role = oneOf<HostRole>('core', 'worker', 'gateway')
const tokenId = text(/^[A-Za-z0-9_-]{1,64}$/)
const addresses = list(text(/^[0-9A-Fa-f:.]{2,45}$/), 16)
const port = integer(1, 65_535)
/** An interface name as Linux takes it: no slash, colon or space, 15 bytes. */
const endpoint = text<EndpointKey>(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}:[^\s/:]{1,15}$/)
const segmentId = text<SegmentId>(/^[^\s/]{1,4096}$/)
const version: Check<string> = (value) =>
  typeof value === 'string' && parseIntentVersion(value) !== undefined ? value : undefined
const timeMs = integer(0, Number.MAX_SAFE_INTEGER)
const MAX_ENDS = 20_000

const stamp = { requestId: text(/^[\x21-\x7e]{1,200}$/), nowMs: timeMs }

const contact = { addresses, port, wgPort: port }

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
    { name: hostName },
  ),
  'revoke-token': object({ ...stamp, type: oneOf('revoke-token'), id: tokenId }),
  admit: object({
    ...stamp,
    type: oneOf('admit'),
    tokenId,
    host: object(
      { ...contact, id: hostId, name: hostName, wgPublicKey: text(/^[A-Za-z0-9+/]{1,64}={0,2}$/) },
      { role },
    ),
  }),
  'update-host': object({ ...stamp, ...contact, type: oneOf('update-host'), id: hostId }),
  'remove-host': object({ ...stamp, type: oneOf('remove-host'), id: hostId }),
  assign: object({
    ...stamp,
    type: oneOf('assign'),
    lab: labName,
    intentVersion: version,
    hosts: table(nodeName, hostId, MAX_ENDS),
    segments: list(
      object({ id: segmentId, hosts: list(hostId, 1000), mtuBytes: integer(...MTU_RANGE_BYTES) }),
      MAX_ENDS,
    ),
    endpoints: list(endpoint, MAX_ENDS),
  }),
  release: object({ ...stamp, type: oneOf('release'), lab: labName, intentVersion: version }),
}

/** A command as it came from another host; undefined where it is none. Fields nobody knows are dropped. */
export function decodeCommand(value: unknown): Command | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined
  const type = oneOf(...COMMAND_TYPES)(value.type)
  return type === undefined ? undefined : DECODERS[type](value)
}

const COMMAND_TYPES: readonly Command['type'][] = [
  'create-token',
  'revoke-token',
  'admit',
  'update-host',
  'remove-host',
  'assign',
  'release',
]
