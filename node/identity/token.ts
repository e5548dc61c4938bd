import { createHash, randomBytes } from 'node:crypto'
import { MeshError } from '#core/model/errors.ts'
import { HOST_NAME } from '#core/model/ids.ts'
import type { HostRole } from '#core/model/lab.ts'
import { canonical } from '#core/record/canonical.ts'
import { publicKeyObject, rawPublicKey, sign, verify } from './ed25519.ts'
import { keysFromSeed } from './keys.ts'

/** What a person carries from a host of the mesh to the one that joins. Holds a secret. */
export interface JoinToken {
  readonly meshId: string
  /** base64url SHA-256 of the authority's SubjectPublicKeyInfo: the other end must show that key first. */
  readonly caHash: string
  /** Public name of the token, 12 hex digits. */
  readonly id: string
  /** 32 bytes, the seed of an ed25519 key; proves possession and never leaves the joining host. */
  readonly secret: Uint8Array
  readonly role: HostRole
  /** The only name it may be used for; absent means any free one. */
  readonly name?: string
  /** Wall clock. */
  readonly expiresAtMs: number
  /** Multiaddresses to dial, with `/p2p/<host id>`. */
  readonly contacts: readonly string[]
}

const PREFIX = 'skein1.'
const ROLES: ReadonlySet<string> = new Set(['core', 'worker', 'gateway'])
const CHECKSUM_BYTES = 4
const MAX_TOKEN_CHARS = 8192

/** A new token with a random id and secret. */
export function createToken(fields: Omit<JoinToken, 'id' | 'secret'>): JoinToken {
  return { ...fields, id: randomBytes(6).toString('hex'), secret: new Uint8Array(randomBytes(32)) }
}

/** `skein1.` and the base64url of a JSON array and four bytes of its SHA-256, which tell a copy that lost something. */
export function encodeToken(token: JoinToken): string {
  const { meshId, caHash, id, secret, role, name = null, expiresAtMs, contacts } = token
  const json = Buffer.from(
    JSON.stringify([meshId, caHash, id, Buffer.from(secret).toString('base64url'), role, name, expiresAtMs, contacts]),
  )
  return PREFIX + Buffer.concat([checksum(json), json]).toString('base64url')
}

/** Reads a token. Throws TOKEN_INVALID; the message says what is wrong and never shows the secret. */
export function decodeToken(text: string): JoinToken {
  const trimmed = text.trim()
  if (!trimmed.startsWith(PREFIX)) throw invalid('the token does not start with `skein1.`')
  if (trimmed.length > MAX_TOKEN_CHARS) throw invalid(`the token is longer than ${MAX_TOKEN_CHARS} characters`)
  const payload = trimmed.slice(PREFIX.length)
  if (!/^[A-Za-z0-9_-]+$/.test(payload)) throw invalid('the token holds characters that no token has')
  const bytes = Buffer.from(payload, 'base64url')
  const json = bytes.subarray(CHECKSUM_BYTES)
  if (!bytes.subarray(0, CHECKSUM_BYTES).equals(checksum(json))) throw invalid('the token is incomplete or was changed')
  return fromArray(parse(json))
}

/** What the log keeps of a token: base64url of a public key. Checks a proof, cannot make one. */
export const tokenVerifier = (token: Pick<JoinToken, 'secret'>): string =>
  Buffer.from(rawPublicKey(keysFromSeed(token.secret).publicKey)).toString('base64url')

/** All that a proof of possession is bound to; a proof shown elsewhere, or with anything changed, is worth nothing. */
export interface JoinTranscript {
  readonly meshId: string
  readonly tokenId: string
  /** base64url of 32 random bytes from the admitting host, used once. */
  readonly nonce: string
  readonly serverId: string
  readonly joinerId: string
  /** What the joiner asks for, as sent. */
  readonly request: unknown
}

/** base64url signature over the transcript with the token's secret. */
export const proveJoin = (token: Pick<JoinToken, 'secret'>, transcript: JoinTranscript): string =>
  Buffer.from(sign(keysFromSeed(token.secret).privateKey, transcriptBytes(transcript))).toString('base64url')

/** Whether the proof was made with the secret that belongs to `verifier`. Never throws. */
export function checkProof(verifier: string, transcript: JoinTranscript, proof: string): boolean {
  try {
    return verify(
      publicKeyObject(Buffer.from(verifier, 'base64url')),
      transcriptBytes(transcript),
      Buffer.from(proof, 'base64url'),
    )
  } catch {
    return false
  }
}

function transcriptBytes(transcript: JoinTranscript): Uint8Array {
  return new TextEncoder().encode(`skein-join-1\n${canonical(transcript)}`)
}

const checksum = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest().subarray(0, CHECKSUM_BYTES)

const invalid = (message: string): MeshError => new MeshError('TOKEN_INVALID', message)

function parse(json: Uint8Array): unknown[] {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
    if (Array.isArray(value)) return value
  } catch {
    // told below
  }
  throw invalid('the token cannot be read')
}

function fromArray(fields: readonly unknown[]): JoinToken {
  const [meshId, caHash, id, secret, role, name, expiresAtMs, contacts] = fields
  if (!isText(meshId) || !isText(caHash) || !isText(id) || !isText(secret)) throw invalid('the token lacks a part')
  if (typeof role !== 'string' || !ROLES.has(role)) throw invalid('the token gives a role this version does not know')
  if (name !== null && !(typeof name === 'string' && HOST_NAME.test(name)))
    throw invalid('the token gives a host name that is none')
  if (typeof expiresAtMs !== 'number' || !Number.isSafeInteger(expiresAtMs)) throw invalid('the token lacks its end')
  if (!Array.isArray(contacts) || contacts.length === 0 || !contacts.every(isText))
    throw invalid('the token lacks addresses to dial')
  const bytes = Buffer.from(secret, 'base64url')
  if (bytes.length !== 32) throw invalid('the token lacks its secret')
  const base = {
    meshId,
    caHash,
    id,
    secret: new Uint8Array(bytes),
    role: role as HostRole,
    expiresAtMs,
    contacts: contacts as string[],
  }
  return name === null ? base : { ...base, name }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length > 0 && value.length <= 256
