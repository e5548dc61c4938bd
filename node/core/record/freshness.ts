import type { Fresh, SignedRecord } from '../model/record.ts'

/** The highest (epoch, boot, sequence) heard, per author, kind and key. Kept on disk: signed is not fresh. */
export type FreshTable = ReadonlyMap<string, Fresh>

/** The key of a record in a `FreshTable`. */
export const freshKey = (record: Pick<SignedRecord, 'author' | 'kind' | 'key'>): string =>
  `${record.author}/${record.kind}/${record.key}`

/** Orders two freshness triples; positive where `a` is newer. */
export function compareFresh(a: Fresh, b: Fresh): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}

/** `old` for whatever is not newer than the newest heard from its author about its key: a replay, or the same again. */
export function checkFresh(table: FreshTable, record: SignedRecord): 'accept' | 'old' {
  const highest = table.get(freshKey(record))
  return highest === undefined || compareFresh(record.fresh, highest) > 0 ? 'accept' : 'old'
}

/** The table after this record was heard; never goes back. */
export function withFresh(table: FreshTable, record: SignedRecord): FreshTable {
  return checkFresh(table, record) === 'old' ? table : new Map(table).set(freshKey(record), record.fresh)
}
