import type { Engine } from '#core/engine/engine.ts'
import type { ApiTokenEntry, UserEntry } from '#core/model/access.ts'
import { MeshError } from '#core/model/errors.ts'
import type { FeedTold } from '#core/model/feed.ts'
import { apiTokenIdOf, createApiToken, isApiToken, isSession, sha256Of } from '#identity/session.ts'
import type { Clock } from '#platform/clock.ts'
import type { Proposals } from '../consensus/proposals.ts'
import type {
  AccessPort,
  Actor,
  ApiTokenView,
  ApiTokenWish,
  AuditTold,
  Credential,
  Granted,
  RefusedTold,
  UserView,
  UserWish,
} from '../port-access.ts'
import type { ApiCertificates } from './certificates.ts'
import { Known } from './known.ts'
import { LoginRate } from './login-rate.ts'
import { Passwords } from './passwords.ts'
import { checkNewPassword } from './policy.ts'
import type { Sessions } from './sessions.ts'
import { auditEvent, refusedEvent } from './told.ts'

export interface AccessOptions {
  readonly engine: Pick<Engine, 'book' | 'replica'>
  readonly proposals: Pick<Proposals, 'submit'>
  readonly sessions: Sessions
  readonly certificates: Pick<ApiCertificates, 'current'>
  readonly clock: Clock
  tell(told: FeedTold): void
}

/** How long what was committed may take to reach this host. */
const CATCH_UP_MS = 5_000
const LOOK_MS = 20

/** Who may use the API. The log decides and gossip tells every host, so that a login works without a majority too. */
export class Access implements AccessPort {
  readonly #options: AccessOptions
  readonly #known: Known
  readonly #passwords = new Passwords()
  readonly #rate = new LoginRate()

  constructor(options: AccessOptions) {
    this.#options = options
    this.#known = new Known(options.engine)
  }

  authenticate(secret: string): Credential | undefined {
    if (!isSession(secret)) return this.#ofToken(secret)
    const held = this.#options.sessions.read(secret, { isBusy: false })
    const user = held === undefined ? undefined : this.#known.user(held.session.user)
    if (held === undefined || user === undefined || user.version !== held.session.version) return undefined
    const { session, renewed } = held
    return {
      actor: actorOf(user),
      owner: ownerOf(user),
      expiresAtMs: Math.min(session.idleEndMs, session.endMs),
      ...(renewed === undefined ? {} : { renewed }),
    }
  }

  holds(secret: string): boolean {
    if (!isSession(secret)) return this.#ofToken(secret) !== undefined
    const held = this.#options.sessions.read(secret, { isBusy: true })
    return held !== undefined && this.#known.user(held.session.user)?.version === held.session.version
  }

  async login({ name, password }: { readonly name: string; readonly password: string }): Promise<Granted> {
    const user = this.#known.user(name)
    if (!(await this.#passwords.isRight(user?.password, password)) || user === undefined) throw wrong()
    return this.#grant(user)
  }

  async firstLogin(ask: { readonly code: string; readonly name: string; readonly password: string }): Promise<Granted> {
    const { name, password } = ask
    const code = sha256Of(ask.code)
    // Only what may be right goes to the log: tries of strangers are no entries.
    const wanted = this.#options.engine.replica?.state?.access.firstCode
    if (this.#options.engine.replica === undefined)
      throw new MeshError('NOT_CORE', 'the first login is taken by core hosts: open the address of one')
    if (wanted !== code)
      throw new MeshError('LOGIN_WRONG', 'this code is not the one of the bootstrap, or it has been used')
    checkNewPassword(name, password)
    const hash = await this.#passwords.hash(password)
    await this.#options.proposals.submit({ type: 'first-login', code, name, password: hash })
    const user = await until(() => this.#known.userWith(name, hash))
    if (user === undefined) throw late(`${name} is an admin now`)
    return this.#grant(user)
  }

  isCodeOpen(): boolean {
    return this.#known.now.isCodeOpen
  }

  async logout(secret: string): Promise<void> {
    const held = this.#options.sessions.read(secret, { isBusy: true })
    if (held !== undefined) await this.#options.sessions.end(held.session)
  }

  users(): readonly UserView[] {
    return this.#known.now.users.map(({ name, role }) => ({ name, role }))
  }

  async setUser(name: string, { role, password }: UserWish): Promise<UserView> {
    if (password !== undefined) checkNewPassword(name, password)
    const hash = password === undefined ? undefined : await this.#passwords.hash(password)
    await this.#options.proposals.submit({
      type: 'user-set',
      name,
      role,
      ...(hash === undefined ? {} : { password: hash }),
    })
    const isThere = () =>
      this.#known.user(name)?.role === role && (hash === undefined || this.#known.userWith(name, hash) !== undefined)
    if ((await until(() => isThere() || undefined)) === undefined) throw late(`${name} is set`)
    return { name, role }
  }

  async removeUser(name: string): Promise<void> {
    await this.#options.proposals.submit({ type: 'user-remove', name })
    await until(() => this.#known.user(name) === undefined || undefined)
  }

  async changePassword(name: string, ask: { readonly old: string; readonly new: string }): Promise<void> {
    const user = this.#known.user(name)
    if (!(await this.#passwords.isRight(user?.password, ask.old)) || user === undefined) throw wrong()
    await this.setUser(name, { role: user.role, password: ask.new })
  }

  apiTokens(): readonly ApiTokenView[] {
    return this.#known.now.tokens.map(tokenView)
  }

  async createApiToken({ name, role, ttlMs }: ApiTokenWish): Promise<ApiTokenView & { readonly token: string }> {
    const { id, token, sha256 } = createApiToken()
    const nowMs = this.#options.clock.nowMs()
    const entry = { id, name, role, sha256, expiresAtMs: nowMs + ttlMs }
    await this.#options.proposals.submit({ type: 'api-token-create', ...entry })
    const known = await until(() => this.#known.token(id))
    return { ...tokenView(known ?? { ...entry, createdAtMs: nowMs }), token }
  }

  async revokeApiToken(id: string): Promise<void> {
    await this.#options.proposals.submit({ type: 'api-token-revoke', id })
    await until(() => this.#known.token(id) === undefined || undefined)
  }

  audit(told: AuditTold): void {
    this.#options.tell(auditEvent(told))
  }

  refused(told: RefusedTold): void {
    const event = refusedEvent(told, this.#known.user(told.name) !== undefined)
    if (event !== undefined) this.#options.tell(event)
  }

  certificate(): ReturnType<AccessPort['certificate']> {
    return this.#options.certificates.current()
  }

  #ofToken(secret: string): Credential | undefined {
    const id = apiTokenIdOf(secret)
    const token = id === undefined ? undefined : this.#known.token(id)
    if (token === undefined || token.expiresAtMs <= this.#options.clock.nowMs() || !isApiToken(secret, token.sha256))
      return undefined
    const { name, role, expiresAtMs } = token
    return { actor: { type: 'token', name, role }, owner: `token ${token.id}`, expiresAtMs }
  }

  #grant(user: UserEntry): Granted {
    this.#rate.take(user.name, this.#options.clock.monotonicMs())
    return { actor: actorOf(user), owner: ownerOf(user), ...this.#options.sessions.begin(user) }
  }
}

const actorOf = ({ name, role }: UserEntry): Actor => ({ type: 'session', name, role })

/** Whoever gets the name of a user that was removed is somebody else. */
const ownerOf = ({ name, version }: UserEntry): string => `user ${name} ${version}`

const tokenView = ({ id, name, role, createdAtMs, expiresAtMs }: Omit<ApiTokenEntry, 'sha256'>): ApiTokenView => ({
  id,
  name,
  role,
  createdAtMs,
  expiresAtMs,
})

const wrong = (): MeshError => new MeshError('LOGIN_WRONG', 'wrong name or password')

const late = (what: string): MeshError =>
  new MeshError('TIMEOUT', `${what}, but this host has not heard of it within ${CATCH_UP_MS / 1000} s`)

async function until<T>(find: () => T | undefined): Promise<T | undefined> {
  const endMs = performance.now() + CATCH_UP_MS
  for (;;) {
    const found = find()
    if (found !== undefined || performance.now() > endMs) return found
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
