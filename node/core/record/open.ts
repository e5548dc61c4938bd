import type { RecordKind, SignedRecord } from '../model/record.ts'

/** Kinds of records that whoever may look at the mesh may read as they were signed. Others hold what logs people in, or have a better answer elsewhere. */
export const OPEN_RECORDS = [
  'heartbeat',
  'status',
  'intent',
  'assignment',
  'roster',
] as const satisfies readonly RecordKind[]

export type OpenRecordKind = (typeof OPEN_RECORDS)[number]

/** A record as it was signed, and the name of its author; the id where the roster does not have it. */
export interface RecordView extends SignedRecord {
  readonly authorName: string
}
