/** What somebody may do: an operator all that a viewer may, an admin everything; `metrics` may read metrics alone. */
export type Role = 'viewer' | 'operator' | 'admin' | 'metrics'

export const ROLES: readonly Role[] = ['viewer', 'operator', 'admin', 'metrics']

/** What people log in with: letters, digits and `._@-`; `local` is whoever uses the socket of a host. */
export const USER_NAME = /^(?!local$)[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/
/** What an API token is for. */
export const API_TOKEN_NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/
/** Public name of an API token. */
export const API_TOKEN_ID = /^[0-9a-f]{12}$/

/** One person, as the log has it. */
export interface UserEntry {
  readonly name: string
  readonly role: Role
  /** PHC string of argon2id, RFC 9106. */
  readonly password: string
  /** `epoch.index` of the last change of role or password: sessions of another one are over. */
  readonly version: string
}

/** One API token, as the log has it: its secret is nowhere. */
export interface ApiTokenEntry {
  readonly id: string
  readonly name: string
  readonly role: Role
  /** Of the whole token, hex. */
  readonly sha256: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

/** Body of the `access` record, key `mesh`; by name and by id. */
export interface AccessBody {
  readonly epoch: number
  /** Of the entry that changed it last. */
  readonly term: number
  readonly index: number
  readonly users: readonly UserEntry[]
  readonly tokens: readonly ApiTokenEntry[]
  /** The code of the bootstrap has not been used yet. */
  readonly isCodeOpen: boolean
}

/** Body of the `logouts` record of a host: sessions that were ended there before their time, when they would have ended, and whose they were. */
export interface LogoutsBody {
  readonly ended: readonly EndedSession[]
}

/** A host may leave out whose it was. */
export type EndedSession = readonly [session: string, untilMs: number, user?: string | undefined]

/** So many people, and so many API tokens, a mesh may have. */
export const MAX_USERS = 1_000
export const MAX_API_TOKENS = 1_000

const RANK: Readonly<Record<Role, number>> = { metrics: 0, viewer: 1, operator: 2, admin: 3 }

/** Whether who has the role `has` may do what takes `least`. */
export const mayAs = (has: Role, least: Role): boolean => RANK[has] >= RANK[least]
