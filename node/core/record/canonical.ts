import type { SignedRecord } from '../model/record.ts'

/** Deepest nesting a record may have; deeper ones are refused before anything recurses into them. */
export const MAX_DEPTH = 32

/** First line of what is signed: a signature made for a record is good for nothing else. */
const RECORD_DOMAIN = 'skein-record-1\n'

/**
 * JSON with sorted object keys and no white space: equal values give equal text, whoever wrote them and in which order.
 * Follows JSON.stringify elsewhere (properties that are undefined are left out). Throws RangeError beyond `MAX_DEPTH`.
 */
export function canonical(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw new RangeError(`JSON nested deeper than ${MAX_DEPTH}`)
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(',')}]`
  if (typeof value === 'object' && value !== null) return canonicalObject(value, depth)
  return JSON.stringify(value) ?? 'null'
}

function canonicalObject(value: object, depth: number): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member, depth + 1)}`)
  return `{${members.join(',')}}`
}

/** The bytes a record's signature covers: everything but the signature, after the domain line. */
export function signingBytes(record: Omit<SignedRecord, 'signature'>): Uint8Array {
  const fields = [record.kind, record.key, record.author, record.fresh, record.version, record.expiresAtMs, record.body]
  return new TextEncoder().encode(RECORD_DOMAIN + canonical(fields))
}
