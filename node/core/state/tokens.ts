import { own } from '../model/own.ts'
import type { CreateToken, RevokeToken } from './host-commands.ts'
import { done, type Handler, refuse, type Token } from './state.ts'

/** When a token came to its end: spent, revoked, or past its time. Undefined while it is open. */
export function tokenEndMs(token: Token, nowMs: number): number | undefined {
  const ends = [token.revokedAtMs, token.spentAtMs, token.expiresAtMs].filter((endMs) => endMs !== undefined)
  const endMs = Math.min(...ends)
  return endMs <= nowMs ? endMs : undefined
}

/** Makes a token. Making the very same one again is harmless; another under its id is refused. */
export const createToken: Handler<CreateToken> = (state, _at, command) => {
  const { id, verifier, role, uses, expiresAtMs, name, replaces } = command
  const held = own(state.tokens, id)
  if (held) {
    if (held.verifier === verifier) return done(state, { type: 'token', id })
    return refuse(state, {
      code: 'BAD_INPUT',
      message: `There is another token ${id} already; make one with another id.`,
      details: { id },
    })
  }
  if (expiresAtMs <= state.nowMs) {
    return refuse(state, {
      code: 'BAD_INPUT',
      message: `Token ${id} would have ended before it began.`,
      details: { id, expiresAtMs },
    })
  }
  const token: Token = {
    id,
    verifier,
    role,
    uses,
    usedBy: [],
    expiresAtMs,
    createdAtMs: state.nowMs,
    ...(name === undefined ? {} : { name }),
    ...(replaces === undefined ? {} : { replaces }),
  }
  return done({ ...state, tokens: { ...state.tokens, [id]: token } }, { type: 'token', id })
}

/** Takes a token back; hosts it admitted stay. */
export const revokeToken: Handler<RevokeToken> = (state, _at, { id }) => {
  const token = own(state.tokens, id)
  if (!token) return refuse(state, { code: 'NOT_FOUND', message: `There is no token ${id}.`, details: { id } })
  if (token.revokedAtMs !== undefined) return done(state, { type: 'token', id })
  const revoked: Token = { ...token, revokedAtMs: state.nowMs }
  return done({ ...state, tokens: { ...state.tokens, [id]: revoked } }, { type: 'token', id })
}
