import { type ApiTokenEntry, MAX_API_TOKENS, MAX_USERS, type UserEntry } from '../model/access.ts'
import { own } from '../model/own.ts'
import type { ApiTokenCreate, ApiTokenRevoke, FirstLogin, UserRemove, UserSet } from './access-commands.ts'
import { type Access, done, type Handler, type LogPosition, refuse, type State, type Step } from './state.ts'

/** Makes a person, or changes one. Whoever gets another role or password logs in again. The first admin ends the code of the bootstrap. */
export const userSet: Handler<UserSet> = (state, at, { name, role, password }) => {
  const { users } = state.access
  const known = own(users, name)
  const user = { role: role ?? known?.role, password: password ?? known?.password }
  if (user.role === undefined || user.password === undefined)
    return refuse(state, {
      code: 'BAD_INPUT',
      message: `There is no user ${name}: a new one needs a role and a password.`,
    })
  if (known === undefined && Object.keys(users).length >= MAX_USERS)
    return refuse(state, { code: 'BAD_INPUT', message: `A mesh has at most ${MAX_USERS} users.` })
  if (known?.role === 'admin' && user.role !== 'admin' && isLastAdmin(state.access, name)) return lastAdmin(state, name)
  if (known?.role === user.role && known.password === user.password) return done(state, { type: 'access', name })
  return withUser(state, at, { name, role: user.role, password: user.password, version: versionAt(state, at) })
}

/** Takes a person out, with all sessions. */
export const userRemove: Handler<UserRemove> = (state, at, { name }) => {
  const { [name]: gone, ...users } = state.access.users
  if (gone === undefined || own(state.access.users, name) === undefined)
    return refuse(state, { code: 'NOT_FOUND', message: `There is no user ${name}.`, details: { name } })
  if (gone.role === 'admin' && isLastAdmin(state.access, name)) return lastAdmin(state, name)
  return changed(state, { ...state.access, users, at: placeOf(at) }, name)
}

/** Spends the code of the bootstrap: of many that hold it, one becomes the first admin. */
export const firstLogin: Handler<FirstLogin> = (state, at, { code, name, password }) => {
  if (state.access.firstCode === undefined || state.access.firstCode !== code)
    return refuse(state, {
      code: 'LOGIN_WRONG',
      message: 'This code is not the one of the bootstrap, or it has been used.',
    })
  return withUser(state, at, { name, role: 'admin', password, version: versionAt(state, at) })
}

/** Makes an API token. Making the very same one again is harmless. */
export const apiTokenCreate: Handler<ApiTokenCreate> = (state, at, { id, name, role, sha256, expiresAtMs }) => {
  const tokens = living(state)
  const known = own(tokens, id)
  if (known?.sha256 === sha256) return done(state, { type: 'access', name: id })
  if (known !== undefined)
    return refuse(state, { code: 'BAD_INPUT', message: `There is another API token ${id} already.`, details: { id } })
  if (expiresAtMs <= state.nowMs)
    return refuse(state, { code: 'BAD_INPUT', message: `API token ${id} would have ended before it began.` })
  if (Object.keys(tokens).length >= MAX_API_TOKENS)
    return refuse(state, {
      code: 'BAD_INPUT',
      message: `A mesh has at most ${MAX_API_TOKENS} API tokens; revoke some.`,
    })
  const token: ApiTokenEntry = { id, name, role, sha256, createdAtMs: state.nowMs, expiresAtMs }
  return changed(state, { ...state.access, tokens: { ...tokens, [id]: token }, at: placeOf(at) }, id)
}

/** Takes an API token back. */
export const apiTokenRevoke: Handler<ApiTokenRevoke> = (state, at, { id }) => {
  if (own(state.access.tokens, id) === undefined)
    return refuse(state, { code: 'NOT_FOUND', message: `There is no API token ${id}.`, details: { id } })
  const { [id]: _gone, ...tokens } = state.access.tokens
  return changed(state, { ...state.access, tokens, at: placeOf(at) }, id)
}

const placeOf = ({ index, term }: LogPosition): LogPosition => ({ index, term })

const versionAt = ({ epoch }: State, { index }: LogPosition): string => `${epoch}.${index}`

const changed = (state: State, access: Access, name: string): Step =>
  done({ ...state, access }, { type: 'access', name })

function withUser(state: State, at: LogPosition, user: UserEntry): Step {
  const { firstCode, ...rest } = state.access
  const isSpent = user.role === 'admin' || firstCode === undefined
  const users = { ...rest.users, [user.name]: user }
  return changed(state, { ...rest, ...(isSpent ? {} : { firstCode }), users, at: placeOf(at) }, user.name)
}

const isLastAdmin = ({ users }: Access, name: string): boolean =>
  !Object.values(users).some((user) => user.role === 'admin' && user.name !== name)

const lastAdmin = (state: State, name: string): Step =>
  refuse(state, { code: 'LAST_ADMIN', message: `${name} is the only admin there is.`, details: { name } })

/** Those that have not ended. */
const living = ({ access, nowMs }: State): Access['tokens'] =>
  Object.fromEntries(Object.entries(access.tokens).filter(([, { expiresAtMs }]) => expiresAtMs > nowMs))
