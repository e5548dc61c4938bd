import type { RecordDraft, SignedRecord } from '../model/record.ts'

/** How long a deleted lab is remembered, so that a host that was away learns of it: 7 days. */
export const TOMBSTONE_MS = 7 * 24 * 3600 * 1000

/** Whether a record may be forgotten now. `nowMs` is wall clock, like `expiresAtMs`; nothing else is decided by it. */
export const isExpired = (record: Pick<SignedRecord, 'expiresAtMs'>, nowMs: number): boolean =>
  record.expiresAtMs !== 0 && record.expiresAtMs <= nowMs

/** An intent with body null: this lab is deleted. */
export const isTombstone = (record: Pick<SignedRecord, 'kind' | 'body'>): boolean =>
  record.kind === 'intent' && record.body === null

/** The draft that deletes a lab; `version` must be above the version of the intent it ends. */
export function tombstone(lab: string, version: RecordDraft['version'], nowMs: number): RecordDraft {
  return { kind: 'intent', key: lab, version, expiresAtMs: nowMs + TOMBSTONE_MS, body: null }
}
