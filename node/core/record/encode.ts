import type { SignedRecord } from '../model/record.ts'
import { canonical } from './canonical.ts'
import { KIND_LETTERS, shortId, shortKey } from './wire.ts'

/**
 * A record as it travels and is kept: one compact JSON array `[kind, key, author, fresh, version, expires, body, signature]`
 * in UTF-8, canonical, so that one record has one encoding. Throws RangeError where the body is nested too deeply.
 */
export function encodeRecord(record: SignedRecord): Uint8Array {
  return new TextEncoder().encode(
    canonical([
      KIND_LETTERS[record.kind],
      shortKey(record.key, record.author),
      shortId(record.author),
      record.fresh,
      record.version,
      record.expiresAtMs,
      record.body,
      record.signature,
    ]),
  )
}
