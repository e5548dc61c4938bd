import type { SignedRecord } from '../model/record.ts'
import { recordId } from './merge.ts'

/** Record id (`kind/key`) → fingerprint of the record held. Two hosts with equal digests hold the same records. */
export type Digest = ReadonlyMap<string, string>

/** Of its signature 96 bits are kept: they depend on every byte of the record, and collide with a chance of 2⁻⁴⁸ by accident. */
const FINGERPRINT_CHARS = 16

/** A short name for this very version of a record. */
export const fingerprint = (record: Pick<SignedRecord, 'signature'>): string =>
  record.signature.slice(0, FINGERPRINT_CHARS)

/** The digest of a set of records, one per kind and key. */
export const digestOf = (records: Iterable<SignedRecord>): Digest =>
  new Map([...records].map((record) => [recordId(record), fingerprint(record)]))

/**
 * What two sides must tell each other: `send` we hold and they do not, or hold otherwise; `want` the same the other way round. A record that
 * differs is in both: merging decides. Nothing is ever concluded from what the other side lacks.
 */
export function compareDigests(ours: Digest, theirs: Digest): { send: string[]; want: string[] } {
  return {
    send: [...ours].filter(([id, mark]) => theirs.get(id) !== mark).map(([id]) => id),
    want: [...theirs].filter(([id, mark]) => ours.get(id) !== mark).map(([id]) => id),
  }
}
