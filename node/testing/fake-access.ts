import type { AccessPort, AuditTold, Credential, Granted, RefusedTold, UserView } from '#agent/port.ts'
import type { Role } from '#core/model/access.ts'
import { MeshError } from '#core/model/errors.ts'

/** An `AccessPort` in memory: passwords as they are, sessions named after their user. */
export interface FakeAccess extends AccessPort {
  /** Password and role by name. */
  readonly people: Map<string, { role: Role; password: string }>
  /** The code of the bootstrap; undefined once it is spent. */
  code: string | undefined
  readonly audits: AuditTold[]
  readonly refusals: RefusedTold[]
  /** A session of a user that is made for it. */
  sessionOf(role: Role): string
}

const FAR_MS = Date.UTC(2100, 0)

/** A fresh one: the code `first` is open, and nobody is known. */
export function createFakeAccess(): FakeAccess {
  const people = new Map<string, { role: Role; password: string }>()
  const sessions = new Map<string, string>()
  const tokens = new Map<string, ReturnType<AccessPort['apiTokens']>[number]>()
  const viewOf = (name: string): UserView => ({ name, role: people.get(name)?.role ?? 'viewer' })
  const credentialOf = (secret: string): Credential | undefined => {
    const token = tokens.get(secret)
    if (token !== undefined)
      return {
        actor: { type: 'token', name: token.name, role: token.role },
        owner: `token ${token.id}`,
        expiresAtMs: token.expiresAtMs,
      }
    const name = sessions.get(secret)
    const person = name === undefined ? undefined : people.get(name)
    if (name === undefined || person === undefined) return undefined
    return { actor: { type: 'session', name, role: person.role }, owner: `user ${name}`, expiresAtMs: FAR_MS }
  }
  const begin = (name: string): Granted => {
    const token = `session-${name}-${sessions.size + 1}`
    sessions.set(token, name)
    return { actor: { type: 'session', ...viewOf(name) }, owner: `user ${name}`, expiresAtMs: FAR_MS, token }
  }
  const endAll = (name: string): void => {
    for (const [secret, user] of sessions) if (user === name) sessions.delete(secret)
  }
  const wrong = (): MeshError => new MeshError('LOGIN_WRONG', 'wrong name or password')
  const access: FakeAccess = {
    people,
    code: 'first',
    audits: [],
    refusals: [],
    sessionOf(role) {
      people.set(role, { role, password: role })
      return begin(role).token
    },
    authenticate: credentialOf,
    holds: (secret) => credentialOf(secret) !== undefined,
    async login({ name, password }) {
      if (people.get(name)?.password !== password) throw wrong()
      return begin(name)
    },
    async firstLogin({ code, name, password }) {
      if (access.code !== code) throw wrong()
      access.code = undefined
      people.set(name, { role: 'admin', password })
      return begin(name)
    },
    isCodeOpen: () => access.code !== undefined,
    logout: async (secret) => void sessions.delete(secret),
    users: () => [...people.keys()].map(viewOf),
    async setUser(name, { role, password }) {
      const known = people.get(name)
      if (known === undefined && password === undefined) throw new MeshError('BAD_INPUT', `${name} needs a password`)
      people.set(name, { role, password: password ?? known?.password ?? '' })
      endAll(name)
      return viewOf(name)
    },
    async removeUser(name) {
      if (!people.delete(name)) throw new MeshError('NOT_FOUND', `there is no user ${name}`)
      endAll(name)
    },
    async changePassword(name, ask) {
      const person = people.get(name)
      if (person?.password !== ask.old) throw wrong()
      people.set(name, { ...person, password: ask.new })
      endAll(name)
    },
    apiTokens: () => [...tokens.values()],
    async createApiToken({ name, role, ttlMs }) {
      const token = `skt_${String(tokens.size + 1).padStart(12, '0')}_secret`
      const view = { id: token.slice(4, 16), name, role, createdAtMs: 0, expiresAtMs: ttlMs }
      tokens.set(token, view)
      return { ...view, token }
    },
    async revokeApiToken(id) {
      const found = [...tokens].find(([, token]) => token.id === id)
      if (found === undefined) throw new MeshError('NOT_FOUND', `there is no API token ${id}`)
      tokens.delete(found[0])
    },
    audit: (told) => void access.audits.push(told),
    refused: (told) => void access.refusals.push(told),
    certificate: async () => undefined,
  }
  return access
}
