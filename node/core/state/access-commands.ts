import type { Role } from '../model/access.ts'
import { accessRole, apiTokenId, apiTokenName, passwordHash, sha256, timeMs, userName } from './fields.ts'
import { type Check, object, oneOf } from './shape.ts'
import { type Stamp, stamp } from './stamp.ts'

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

/** What the log is told of people and API tokens. */
export type AccessCommand = UserSet | UserRemove | FirstLogin | ApiTokenCreate | ApiTokenRevoke

/** Checks of {@link AccessCommand}s. */
export const ACCESS_DECODERS: Readonly<Record<AccessCommand['type'], Check<AccessCommand>>> = {
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
}
