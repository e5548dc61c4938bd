import type { Role } from '#core/model/access.ts'

/** Who asks: whoever may use the socket of this host, a person who logged in, or a program with an API token. */
export interface Actor {
  readonly type: 'local' | 'session' | 'token'
  readonly name: string
  readonly role: Role
}

/** What a session or an API token stands for at this moment. */
export interface Credential {
  readonly actor: Actor
  /** Tells who asks from everybody else: names of API tokens are not unique, and names of users come again. */
  readonly owner: string
  readonly expiresAtMs: number
  /** A session that would end soon without use: the same one again with a later end, to be given back. */
  readonly renewed?: string
}

/** A login that went well. */
export interface Granted extends Credential {
  /** To be shown with each request; a secret. */
  readonly token: string
}

export interface UserView {
  readonly name: string
  readonly role: Role
}

/** What is absent stays as it is; a new user needs a password. */
export interface UserWish {
  readonly role: Role
  readonly password?: string
}

export interface ApiTokenView {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export interface ApiTokenWish {
  readonly name: string
  readonly role: Role
  readonly ttlMs: number
}

/** One change somebody asked for, and how it was answered. */
export interface AuditTold {
  readonly actor: Actor
  /** IP address; absent on the socket of this host. */
  readonly address?: string
  /** For example `POST /v1/labs`. */
  readonly what: string
  readonly lab?: string
  /** Status of the answer. */
  readonly status: number
  /** So many were refused like this, one after the other; absent for one. */
  readonly times?: number
}

/** A login that was refused. */
export interface RefusedTold {
  readonly name: string
  readonly address: string
  /** Wrong ones from there with this name, one after the other. */
  readonly tries: number
}

/** The certificate the API shows, PEM. */
interface ApiCertificate {
  readonly certificate: string
  readonly key: string
}

/** Who may use the API, the same on every host. Rejections are `MeshError`. */
export interface AccessPort {
  /** What a session or an API token stands for; undefined where it is none, ended or was taken back. */
  authenticate(secret: string): Credential | undefined
  /** Whether it may go on being used by what it was shown for: without use a session ends, in use it does not. */
  holds(secret: string): boolean
  /** LOGIN_WRONG for a wrong name or password, whichever it is; TOO_MANY_TRIES of right ones; BUSY. */
  login(ask: { readonly name: string; readonly password: string }): Promise<Granted>
  /** Spends the code of the bootstrap and makes the first admin. LOGIN_WRONG, BAD_INPUT, NOT_CORE, NO_QUORUM. */
  firstLogin(ask: { readonly code: string; readonly name: string; readonly password: string }): Promise<Granted>
  /** Whether the code of the bootstrap has not been used. */
  isCodeOpen(): boolean
  /** Ends a session on every host that hears of it; resolves when this host keeps that. */
  logout(secret: string): Promise<void>
  users(): readonly UserView[]
  /** Commits a user; a new password or role ends the user's sessions. BAD_INPUT, LAST_ADMIN, NOT_CORE, NO_QUORUM. */
  setUser(name: string, wish: UserWish): Promise<UserView>
  /** NOT_FOUND, LAST_ADMIN, NOT_CORE, NO_QUORUM. */
  removeUser(name: string): Promise<void>
  /** LOGIN_WRONG for a wrong old one; else as {@link setUser}. */
  changePassword(name: string, ask: { readonly old: string; readonly new: string }): Promise<void>
  apiTokens(): readonly ApiTokenView[]
  /** Its secret is in the answer and nowhere else. */
  createApiToken(wish: ApiTokenWish): Promise<ApiTokenView & { readonly token: string }>
  /** NOT_FOUND, NOT_CORE, NO_QUORUM. */
  revokeApiToken(id: string): Promise<void>
  /** Tells the event feed. */
  audit(told: AuditTold): void
  /** Tells the event feed, not each time. */
  refused(told: RefusedTold): void
  /** Of this mesh, for this host's names and addresses as they are now; undefined while it has none. */
  certificate(): Promise<ApiCertificate | undefined>
}
