import type { HostId } from '../model/ids.ts'
import { MAX_RECORD_BYTES, MAX_SMALL_RECORD_BYTES, type RecordKind, type SignedRecord } from '../model/record.ts'
import { canonical } from './canonical.ts'
import { HOST_ID, kindOf, longId, longKey, MAX_KEY_BYTES, shortKey } from './wire.ts'

/** Why bytes are not a record. `KIND_UNKNOWN` is no fault: a later protocol may know it. */
type RecordFault = 'TOO_LARGE' | 'MALFORMED' | 'NOT_CANONICAL' | 'KIND_UNKNOWN'

export type Decoded =
  | { readonly type: 'record'; readonly record: SignedRecord }
  | { readonly type: 'fault'; readonly code: RecordFault }

/** base64url of 64 bytes without padding; the last character carries two bits only. */
const SIGNATURE = /^[A-Za-z0-9_-]{85}[AQgw]$/
const MAX_VERSION_PARTS = 8

/**
 * Reads a record from the network or the disk, cheapest checks first: size, form, types, and that this is the one encoding
 * of it. Never throws. Says nothing about who wrote it: see `identity/verify.ts`.
 */
export function decodeRecord(bytes: Uint8Array): Decoded {
  if (bytes.length > MAX_RECORD_BYTES) return fault('TOO_LARGE')
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    if (canonical(value) !== text) return fault('NOT_CANONICAL')
    const decoded = fromWire(value)
    return decoded.type === 'record' && bytes.length > limitOf(decoded.record.kind) ? fault('TOO_LARGE') : decoded
  } catch {
    return fault('MALFORMED')
  }
}

function fromWire(value: unknown): Decoded {
  if (!Array.isArray(value) || value.length !== 8) return fault('MALFORMED')
  const [letter, key, author, fresh, version, expiresAtMs, body, signature]: unknown[] = value
  if (typeof letter !== 'string' || typeof author !== 'string' || typeof key !== 'string') return fault('MALFORMED')
  const kind = kindOf(letter)
  if (kind === undefined) return fault('KIND_UNKNOWN')
  const id = longId(author)
  const fullKey = longKey(key, id)
  if (!HOST_ID.test(id) || !isKey(fullKey) || !isFresh(fresh) || !isVersion(version) || !isCount(expiresAtMs))
    return fault('MALFORMED')
  if (shortKey(fullKey, id) !== key) return fault('NOT_CANONICAL')
  if (typeof signature !== 'string' || !SIGNATURE.test(signature)) return fault('MALFORMED')
  return {
    type: 'record',
    record: { kind, key: fullKey, author: id as HostId, fresh, version, expiresAtMs, body, signature },
  }
}

const limitOf = (kind: RecordKind): number =>
  kind === 'heartbeat' || kind === 'events' ? MAX_SMALL_RECORD_BYTES : MAX_RECORD_BYTES

const fault = (code: RecordFault): Decoded => ({ type: 'fault', code })

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const isKey = (key: string): boolean => key.length > 0 && new TextEncoder().encode(key).length <= MAX_KEY_BYTES

function isFresh(value: unknown): value is SignedRecord['fresh'] {
  return Array.isArray(value) && value.length === 3 && value.every(isCount)
}

function isVersion(value: unknown): value is SignedRecord['version'] {
  return Array.isArray(value) && value.length <= MAX_VERSION_PARTS && value.every(isVersionPart)
}

const isVersionPart = (part: unknown): boolean =>
  isCount(part) || (typeof part === 'string' && part.length <= MAX_KEY_BYTES)
