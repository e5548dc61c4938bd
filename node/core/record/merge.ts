import type { RecordKind, SignedRecord } from '../model/record.ts'
import { compareFresh } from './freshness.ts'
import { compareText, compareVersions } from './version.ts'

/** Kinds with one writer per key: his own counters decide, whatever he writes as version. */
const ONE_WRITER: ReadonlySet<RecordKind> = new Set(['heartbeat', 'events', 'status', 'logouts', 'tasks'])

/** Where a record is kept: one winner per kind and key. */
export const recordId = (record: Pick<SignedRecord, 'kind' | 'key'>): string => `${record.kind}/${record.key}`

/**
 * Orders two records of one kind and key; positive where `a` wins. A total order, the same on every host, so that merging
 * in any order ends the same: version (see the table of record kinds), freshness, author, signature.
 */
export function compareRecords(a: SignedRecord, b: SignedRecord): number {
  const versions = ONE_WRITER.has(a.kind) ? 0 : compareVersions(a.version, b.version)
  return (
    versions ||
    compareFresh(a.fresh, b.fresh) ||
    compareText(a.author, b.author) ||
    compareText(a.signature, b.signature)
  )
}

/** The one that wins; `held` where they are the same record. */
export function merge<R extends SignedRecord>(held: R | undefined, incoming: R): R {
  return held === undefined || compareRecords(incoming, held) > 0 ? incoming : held
}
