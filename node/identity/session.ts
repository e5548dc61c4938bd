import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { HostId } from '#core/model/ids.ts'
import { sign, verify } from './ed25519.ts'
import { type Keys, publicKeyOf } from './keys.ts'

/** What a host states: this person logged in here. */
export interface Session {
  /** Random, 128 bits, base64url. */
  readonly id: string
  readonly meshId: string
  /** Who signed it. */
  readonly host: HostId
  readonly user: string
  /** Of the user when it began: see `UserEntry`. */
  readonly version: string
  /** Ends then without use, and then in any case. Wall clock. */
  readonly idleEndMs: number
  readonly endMs: number
}

const PREFIX = 'sks1.'
/** A signature made for a session is good for nothing else. */
const DOMAIN = 'skein-session-1\n'
const MAX_CHARS = 2_048

/** A new name for a session. */
export const sessionId = (): string => randomBytes(16).toString('base64url')

/** The session as its user carries it, signed by the host that says so. */
export function signSession(session: Omit<Session, 'host'>, keys: Keys): string {
  const { id, meshId, user, version, idleEndMs, endMs } = session
  const payload = Buffer.from(JSON.stringify([id, meshId, keys.id, user, version, idleEndMs, endMs])).toString(
    'base64url',
  )
  return `${PREFIX}${payload}.${Buffer.from(sign(keys.privateKey, bytesOf(payload))).toString('base64url')}`
}

/** Whether a secret is meant to be a session. */
export const isSession = (text: string): boolean => text.startsWith(PREFIX)

/** A session whose signature is right; undefined for anything else. Says nothing about its end, or whether that host may say so. */
export function readSession(text: string): Session | undefined {
  const [payload = '', signature = '', ...more] = text.slice(PREFIX.length).split('.')
  if (!isSession(text) || text.length > MAX_CHARS || more.length > 0) return undefined
  try {
    const session = fromArray(JSON.parse(Buffer.from(payload, 'base64url').toString()))
    if (session === undefined) return undefined
    const isRight = verify(publicKeyOf(session.host), bytesOf(payload), Buffer.from(signature, 'base64url'))
    return isRight ? session : undefined
  } catch {
    return undefined
  }
}

const bytesOf = (payload: string): Uint8Array => Buffer.from(DOMAIN + payload)

function fromArray(value: unknown): Session | undefined {
  if (!Array.isArray(value) || value.length !== 7) return undefined
  const [id, meshId, host, user, version, idleEndMs, endMs]: readonly unknown[] = value
  if (![id, meshId, host, user, version].every((text) => typeof text === 'string')) return undefined
  if (!Number.isSafeInteger(idleEndMs) || !Number.isSafeInteger(endMs)) return undefined
  return { id, meshId, host, user, version, idleEndMs, endMs } as Session
}

const TOKEN_PREFIX = 'skt_'

/** A new API token: its public name, what its user keeps, and what the log keeps. */
export function createApiToken(): { readonly id: string; readonly token: string; readonly sha256: string } {
  const id = randomBytes(6).toString('hex')
  const token = `${TOKEN_PREFIX}${id}_${randomBytes(32).toString('base64url')}`
  return { id, token, sha256: sha256Of(token) }
}

/** The public name in an API token; undefined where the text is none. */
export const apiTokenIdOf = (text: string): string | undefined =>
  /^skt_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/.exec(text)?.[1]

/** Whether `sha256` (hex) is of this API token. */
export const isApiToken = (text: string, sha256: string): boolean =>
  sha256.length === 64 && timingSafeEqual(Buffer.from(sha256Of(text)), Buffer.from(sha256))

/** Hex. */
export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')
