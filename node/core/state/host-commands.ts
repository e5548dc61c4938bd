import type { HostId, HostName } from '../model/ids.ts'
import type { HostRole } from '../model/lab.ts'
import { addresses, contact, hostId, hostName, role, timeMs, tokenId, wgKey } from './fields.ts'
import { type Check, integer, object, oneOf } from './shape.ts'
import { type Stamp, stamp } from './stamp.ts'

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

/** A drained host gets nothing new; what it has moves away where it can. */
export interface DrainHost extends Stamp {
  readonly type: 'drain-host'
  readonly id: HostId
  readonly drained: boolean
}

/** What the log is told of tokens and hosts. */
export type HostCommand = CreateToken | RevokeToken | Admit | UpdateHost | RemoveHost | DrainHost

/** Checks of {@link HostCommand}s. */
export const HOST_DECODERS: Readonly<Record<HostCommand['type'], Check<HostCommand>>> = {
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
  'drain-host': object({ ...stamp, type: oneOf('drain-host'), id: hostId, drained: oneOf(true, false) }),
}
